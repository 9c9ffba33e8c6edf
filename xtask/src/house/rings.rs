//! Finds what hangs together in circles.
//!
//! Tarjan's algorithm for strongly connected components, over numbers; knows nothing of files.

/// Groups of at least two points of which each can be reached from each other, every group and the list of them in
/// ascending order. `arrows[a]` holds the points that `a` points at; an arrow of a point to itself is no ring.
pub(super) fn of(arrows: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut walk = Walk {
        arrows,
        seen: vec![None; arrows.len()],
        stack: Vec::new(),
        rings: Vec::new(),
        count: 0,
    };
    for point in 0..arrows.len() {
        if walk.seen.get(point).is_some_and(Option::is_none) {
            walk.visit(point);
        }
    }
    walk.rings.sort();
    walk.rings
}

/// What is known of a point that was visited.
#[derive(Clone, Copy)]
struct Seen {
    /// When it was first visited.
    order: usize,
    /// Whether the group that it belongs to is still open.
    open: bool,
}

struct Walk<'a> {
    arrows: &'a [Vec<usize>],
    seen: Vec<Option<Seen>>,
    stack: Vec<usize>,
    rings: Vec<Vec<usize>>,
    count: usize,
}

impl Walk<'_> {
    /// Visits a point and all behind it; the answer is the earliest open point that can be reached.
    fn visit(&mut self, point: usize) -> usize {
        let order = self.count;
        self.count += 1;
        let depth = self.stack.len();
        self.stack.push(point);
        self.set(point, Seen { order, open: true });
        let mut earliest = order;
        for &next in self.arrows.get(point).into_iter().flatten() {
            let reached = match self.seen.get(next).copied().flatten() {
                None => self.visit(next),
                Some(seen) if seen.open => seen.order,
                Some(_) => continue,
            };
            earliest = earliest.min(reached);
        }
        if earliest == order {
            let mut group = self.stack.split_off(depth);
            for &member in &group {
                self.set(member, Seen { order, open: false });
            }
            if group.len() > 1 {
                group.sort_unstable();
                self.rings.push(group);
            }
        }
        earliest
    }

    fn set(&mut self, point: usize, seen: Seen) {
        if let Some(place) = self.seen.get_mut(point) {
            *place = Some(seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rings(arrows: &[&[usize]]) -> Vec<Vec<usize>> {
        of(&arrows.iter().map(|to| to.to_vec()).collect::<Vec<_>>())
    }

    #[test]
    fn a_tree_and_a_diamond_have_no_ring() {
        assert_eq!(rings(&[&[1, 2], &[3], &[3], &[]]), Vec::<Vec<usize>>::new());
        assert_eq!(rings(&[]), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn an_arrow_to_itself_is_no_ring() {
        assert_eq!(rings(&[&[0]]), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn two_that_point_at_each_other_are_a_ring() {
        assert_eq!(rings(&[&[1], &[0], &[0]]), [[0, 1]]);
    }

    #[test]
    fn rings_apart_are_found_apart_and_joined_ones_together() {
        assert_eq!(
            rings(&[&[1], &[2], &[0, 3], &[4], &[3]]),
            vec![vec![0, 1, 2], vec![3, 4]]
        );
        assert_eq!(rings(&[&[1], &[0, 2], &[1]]), [[0, 1, 2]]);
    }

    #[test]
    fn an_arrow_into_a_closed_group_does_not_join_it() {
        assert_eq!(rings(&[&[1], &[0], &[1, 3], &[2]]), [[0, 1], [2, 3]]);
    }
}

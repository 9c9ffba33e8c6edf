//! How an operation follows the search that serves it.
//!
//! Asks nobody.

use toxdrop_proto::ids::Location;

use super::asked::SearchId;
use super::context::Context;
use crate::peer::Peer;
use crate::sessions::SessionId;

/// An operation's view of its search.
pub(crate) struct Finding {
    pub(crate) session: SessionId,
    id: SearchId,
    target: Location,
    want: usize,
    /// How many of those that were found were taken.
    taken: Option<usize>,
    settled: bool,
    /// It had ended before this operation began.
    kept: bool,
}

impl Finding {
    /// Searches, or goes by what was found moments ago, under the session of the location.
    pub(crate) fn at(context: &mut Context<'_>, target: Location, want: usize) -> Self {
        let session = context.session_at(target);
        let id = context.search_at(session, target, want);
        Self::of(context, session, id, target, want)
    }

    /// Searches for this operation alone.
    pub(crate) fn alone(
        context: &mut Context<'_>,
        session: SessionId,
        target: Location,
        want: usize,
    ) -> Self {
        let id = context.search_alone(session, target, want);
        Self::of(context, session, id, target, want)
    }

    fn of(
        context: &Context<'_>,
        session: SessionId,
        id: SearchId,
        target: Location,
        want: usize,
    ) -> Self {
        let search = context.searches.get(id);
        Self {
            session,
            id,
            target,
            want,
            taken: None,
            settled: false,
            kept: search.is_some_and(|search| search.ended().is_some()),
        }
    }

    /// The nodes in charge, closest first, once they are found; after that, those that answered later.
    pub(crate) fn take(&mut self, context: &Context<'_>) -> Vec<Peer> {
        let Some(search) = context.searches.get(self.id) else {
            self.taken.get_or_insert(0);
            self.settled = true;
            return Vec::new();
        };
        self.settled = search.is_settled();
        let Some((first, found)) = search.found() else {
            return Vec::new();
        };
        let new = match self.taken {
            None => found.iter().take(first.min(self.want)).copied().collect(),
            Some(_) => Vec::new(),
        };
        let later = found.get(self.taken.unwrap_or(first)..);
        self.taken = Some(found.len());
        let later = later.unwrap_or_default().iter().copied();
        new.into_iter().chain(later).collect()
    }

    /// Whether the nodes in charge were taken.
    pub(crate) fn has_found(&self) -> bool {
        self.taken.is_some()
    }

    /// Whether nobody will be found any more.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled
    }

    /// A node that was found is silent: the next operation shall search anew.
    pub(crate) fn doubt(&self, context: &mut Context<'_>) {
        context.searches.doubt(self.id);
    }

    /// Whether there is a point in searching anew: what was found is not of today.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept
    }

    /// Needs the search no more.
    pub(crate) fn leave(&self, context: &mut Context<'_>) {
        context.searches.leave(self.id, context.op);
    }

    /// Searches anew.
    pub(crate) fn renew(&mut self, context: &mut Context<'_>) {
        self.doubt(context);
        self.leave(context);
        *self = Self {
            kept: false,
            ..Self::at(context, self.target, self.want)
        };
    }
}

//! All searches: those under way, which every operation at their place shares, and those that ended moments ago, which serve
//! the next one.
//!
//! Of one place and one key of ours only: no two places share anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use toxdrop_proto::ids::Location;

use super::asked::{Asked, SearchId};
use super::search::Search;
use crate::asking::{Asking, Finished};
use crate::lateness::Late;
use crate::sessions::SessionId;
use crate::vocabulary::OpId;

/// For how long what was found serves other operations.
const KEPT: Duration = Duration::from_secs(60);
/// Places of which it is kept.
const PLACES: usize = 128;

/// Searches by name.
#[derive(Default)]
pub(crate) struct Searches {
    searches: BTreeMap<SearchId, Search>,
    /// What serves the next operation under a key of ours: each is of one location.
    of_session: HashMap<SessionId, SearchId>,
    next: u64,
}

impl Searches {
    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        let idle = |search: &Search| search.is_settled() && search.serves.is_empty();
        self.searches.values().all(idle)
    }

    /// A search for an operation at a place, with others or after them.
    pub(crate) fn at(
        &mut self,
        asking: &mut Asking<'_>,
        asked: &mut Asked,
        op: OpId,
        session: SessionId,
        target: Location,
        want: usize,
    ) -> SearchId {
        let mono = asking.now.mono;
        let shared = self.of_session.get(&session).copied();
        let shared = shared.filter(|id| {
            let search = self.searches.get(id);
            search.is_some_and(|search| {
                let fresh = (search.ended()).is_none_or(|at| mono.saturating_sub(at) < KEPT);
                search.want >= want && fresh && search.is_worth_sharing(asking)
            })
        });
        let id = shared.unwrap_or_else(|| {
            self.make_room();
            let id = self.start(asking, asked, session, target, want);
            self.of_session.insert(session, id);
            id
        });
        self.serve(id, op)
    }

    /// A search for one operation alone: it looks for who is new.
    pub(crate) fn alone(
        &mut self,
        asking: &mut Asking<'_>,
        asked: &mut Asked,
        op: OpId,
        session: SessionId,
        target: Location,
        want: usize,
    ) -> SearchId {
        let id = self.start(asking, asked, session, target, want);
        self.serve(id, op)
    }

    fn start(
        &mut self,
        asking: &mut Asking<'_>,
        asked: &mut Asked,
        session: SessionId,
        target: Location,
        want: usize,
    ) -> SearchId {
        let id = SearchId(self.next);
        self.next += 1;
        let search = Search::start(asking, asked, id, session, target, want);
        self.searches.insert(id, search);
        id
    }

    fn serve(&mut self, id: SearchId, op: OpId) -> SearchId {
        if let Some(search) = self.searches.get_mut(&id) {
            search.serves.insert(op);
        }
        id
    }

    fn make_room(&mut self) {
        if self.of_session.len() >= PLACES
            && let Some((session, _)) = self.of_session.iter().min_by_key(|(_, id)| **id)
        {
            let session = *session;
            self.of_session.remove(&session);
        }
    }

    pub(crate) fn get(&self, id: SearchId) -> Option<&Search> {
        self.searches.get(&id)
    }

    /// What was found is not what it was: the next operation searches anew.
    pub(crate) fn doubt(&mut self, id: SearchId) {
        self.of_session.retain(|_, kept| *kept != id);
    }

    /// An operation needs a search no more.
    pub(crate) fn leave(&mut self, id: SearchId, op: OpId) {
        if let Some(search) = self.searches.get_mut(&id) {
            search.serves.remove(&op);
        }
    }

    /// An operation has ended.
    pub(crate) fn leave_all(&mut self, op: OpId) {
        for search in self.searches.values_mut() {
            search.serves.remove(&op);
        }
    }

    /// Takes in the end of a Find. Returns the operations for which there is news.
    pub(crate) fn finished(
        &mut self,
        asking: &mut Asking<'_>,
        asked: &mut Asked,
        id: SearchId,
        finished: &Finished,
    ) -> BTreeSet<OpId> {
        self.with(id, |search| search.finished(asking, asked, finished))
    }

    /// Takes in that a Find is late. Returns the operations for which there is news.
    pub(crate) fn late(
        &mut self,
        asking: &mut Asking<'_>,
        asked: &mut Asked,
        id: SearchId,
        late: &Late,
    ) -> BTreeSet<OpId> {
        self.with(id, |search| search.late(asking, asked, late))
    }

    fn with(&mut self, id: SearchId, what: impl FnOnce(&mut Search) -> bool) -> BTreeSet<OpId> {
        let Some(search) = self.searches.get_mut(&id) else {
            return BTreeSet::new();
        };
        if what(search) {
            search.serves.clone()
        } else {
            BTreeSet::new()
        }
    }

    /// When a search has to end.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.searches.values().filter_map(Search::due).min()
    }

    /// Ends the searches whose time is over. Returns the operations for which there is news.
    pub(crate) fn handle_due(&mut self, asking: &Asking<'_>) -> BTreeSet<OpId> {
        let mut news = BTreeSet::new();
        for search in self.searches.values_mut() {
            if search.due().is_some_and(|due| due <= asking.now.mono) {
                search.conclude(asking);
                news.extend(&search.serves);
            }
        }
        news
    }

    /// Forgets searches that serve nobody any more.
    pub(crate) fn sweep(&mut self, mono: Duration) {
        let searches = &self.searches;
        self.of_session.retain(|_, id| {
            let search = searches.get(id);
            search.is_some_and(|search| {
                (search.ended()).is_none_or(|at| mono.saturating_sub(at) < KEPT)
            })
        });
        let kept: BTreeSet<SearchId> = self.of_session.values().copied().collect();
        self.searches.retain(|id, search| {
            kept.contains(id) || !search.serves.is_empty() || !search.is_settled()
        });
    }
}

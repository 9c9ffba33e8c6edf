//! All chains of an inbox: the present one, and those that a reseal replaced while mail sealed for them may still come.
//!
//! Reads no clock and keeps nothing itself: whoever holds a keyring writes it to the disk, over the former state.

use std::ops::RangeInclusive;

use rand_core::CryptoRngCore;
use thiserror::Error;
use zeroize::Zeroizing;

use super::chain::{SealChain, SealChainError};
use super::keys::{SEAL_WEEKS, SealKeys};
use crate::clock::{self, CLOCK_SKEW};
use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};
use crate::ids::UnixSeconds;
use crate::keys::DhtSecretKey;
use crate::week::Week;

/// The most former chains that a keyring keeps.
pub const MAX_FORMER: usize = 16;

/// The most weeks of one chain that are tried on one message: more than a message can have been under way.
const MAX_WEEKS_TRIED: usize = 16;

/// What [`SealKeyring::erase`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erased {
    /// Nothing: too few other clocks are known to be sure what time it is.
    ClocksUnknown,
    /// Nothing: no secret is due.
    Nothing,
    /// All secrets of the weeks before this one. The keyring must be written over its former state.
    Before(Week),
}

/// A reseal that cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ResealError {
    /// [`MAX_FORMER`] former chains are still needed.
    #[error(
        "the seal keys were renewed {MAX_FORMER} times within a few weeks; wait until former ones are erased"
    )]
    TooMany,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Former {
    chain: SealChain,
    /// The last week whose key a record of this chain may have named.
    last: Week,
}

/// The seal chains of an inbox. Wiped from memory when dropped, never printed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealKeyring {
    present: SealChain,
    former: Vec<Former>,
}

impl SealKeyring {
    /// A first chain. It begins with the week that it is by the slowest clock allowed, so that no record whose week
    /// depends on who reads the clock lacks a key.
    #[must_use]
    pub fn begin(rng: &mut impl CryptoRngCore, now: UnixSeconds) -> Self {
        Self {
            present: fresh(rng, now),
            former: Vec::new(),
        }
    }

    /// The keyring of a device that was given another's present chain.
    #[must_use]
    pub fn from_chain(present: SealChain) -> Self {
        Self {
            present,
            former: Vec::new(),
        }
    }

    /// The chain that records are made with, for a key file.
    #[must_use]
    pub fn present(&self) -> &SealChain {
        &self.present
    }

    /// The keys for a record that is made in `week`.
    ///
    /// # Errors
    /// [`SealChainError`] if the week is erased already, or too far ahead.
    pub fn public_keys(&self, week: Week) -> Result<SealKeys, SealChainError> {
        self.present.public_keys(week)
    }

    /// Begins a new chain, for the case that a key file was lost: whoever has the former chain cannot follow.
    ///
    /// What was sealed for the former one still opens until it has expired.
    ///
    /// # Errors
    /// [`ResealError::TooMany`]; nothing was changed then.
    pub fn reseal(
        &mut self,
        rng: &mut impl CryptoRngCore,
        now: UnixSeconds,
    ) -> Result<(), ResealError> {
        if self.former.len() >= MAX_FORMER {
            return Err(ResealError::TooMany);
        }
        let newest_record = Week::at(now.plus(CLOCK_SKEW)).max(self.present.week());
        let chain = std::mem::replace(&mut self.present, fresh(rng, now));
        self.former.push(Former {
            chain,
            last: newest_record.plus(SEAL_WEEKS as u64 - 1),
        });
        Ok(())
    }

    /// The secrets that a message may be sealed for, if it was sealed for the key of one of these weeks: newest week
    /// first, the present chain's before a former one's. Of a longer range only the first sixteen weeks that are not
    /// erased are given, so that no wrong clock makes them many.
    #[must_use]
    pub fn secrets(&self, weeks: RangeInclusive<Week>) -> Vec<(Week, DhtSecretKey)> {
        let (first, last) = weeks.into_inner();
        let former = self
            .former
            .iter()
            .map(|former| (&former.chain, former.last));
        let mut secrets: Vec<_> = std::iter::once((&self.present, last))
            .chain(former)
            .flat_map(|(chain, chain_last)| {
                let from = first.max(chain.week());
                (0..MAX_WEEKS_TRIED as u64)
                    .map(move |ahead| from.plus(ahead))
                    .take_while(move |week| *week <= last.min(chain_last))
                    .filter_map(move |week| Some((week, chain.secret(week).ok()?)))
            })
            .collect();
        secrets.sort_by_key(|(week, _)| std::cmp::Reverse(*week));
        secrets
    }

    /// Erases all secrets that are due ([`Week::secret_due`]), by one's own clock and by the median of others'
    /// ([`clock::agreed`]; `offsets` are seconds that others' clocks are ahead).
    ///
    /// # Errors
    /// [`SealChainError::TooFarAhead`] if all clocks say that twenty years have gone by; nothing was changed then.
    pub fn erase(&mut self, now: UnixSeconds, offsets: &[i64]) -> Result<Erased, SealChainError> {
        let Some(agreed) = clock::agreed(now, offsets) else {
            return Ok(Erased::ClocksUnknown);
        };
        let needed = Week::oldest_needed(agreed);
        let gone_on = |chain: &SealChain| chain.at(needed.max(chain.week()));
        let erased = Self {
            present: gone_on(&self.present)?,
            former: self
                .former
                .iter()
                .filter(|former| former.last >= needed)
                .map(|former| {
                    Ok(Former {
                        chain: gone_on(&former.chain)?,
                        last: former.last,
                    })
                })
                .collect::<Result<_, _>>()?,
        };
        if erased == *self {
            return Ok(Erased::Nothing);
        }
        *self = erased;
        Ok(Erased::Before(needed))
    }

    /// The keyring's bytes: week 8 ‖ link 32 ‖ number of former chains 1 ‖ (week 8 ‖ link 32 ‖ last week 8) each.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        // Enough room from the start: a growing vector would leave secrets behind.
        let mut writer = Writer::with_capacity(8 + 32 + 1 + MAX_FORMER * (8 + 32 + 8));
        writer
            .u64(self.present.week().number())
            .bytes(self.present.expose())
            .u8(u8::try_from(self.former.len()).unwrap_or(u8::MAX));
        for former in &self.former {
            writer
                .u64(former.chain.week().number())
                .bytes(former.chain.expose())
                .u64(former.last.number());
        }
        Zeroizing::new(writer.finish())
    }

    /// Reads what [`SealKeyring::encode`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`] if it is too short, too long, or has more than [`MAX_FORMER`] former chains.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let present = read_chain(&mut reader)?;
        let at = reader.clone();
        let count = reader.u8()?;
        if usize::from(count) > MAX_FORMER {
            return Err(at.error(DecodeErrorKind::OutOfRange {
                what: "number of former chains",
                value: u64::from(count),
                min: 0,
                max: MAX_FORMER as u64,
            }));
        }
        let former = (0..count)
            .map(|_| {
                Ok(Former {
                    chain: read_chain(&mut reader)?,
                    last: Week::from_number(reader.u64()?),
                })
            })
            .collect::<Result<_, DecodeError>>()?;
        reader.finish()?;
        Ok(Self { present, former })
    }
}

fn fresh(rng: &mut impl CryptoRngCore, now: UnixSeconds) -> SealChain {
    let week = Week::at(UnixSeconds(now.0.saturating_sub(CLOCK_SKEW)));
    SealChain::generate(rng, week)
}

fn read_chain(reader: &mut Reader<'_>) -> Result<SealChain, DecodeError> {
    let week = Week::from_number(reader.u64()?);
    let link = Zeroizing::new(reader.take_array()?);
    Ok(SealChain::from_parts(week, &link))
}

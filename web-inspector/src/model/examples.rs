//! Packets to try the page with when there is no node.
//!
//! Made once by the protocol crate, with real work for 28 days from 2026-11-23; their time runs out like any other's.

use super::input::{self, InputError};

/// One example.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// What it shows.
    pub name: &'static str,
    hex: &'static str,
    /// Only so many of its bytes.
    len: usize,
}

/// An inbox record at the third of its record points.
pub const RECORD: Example = Example {
    name: "an inbox record",
    hex: RECORD_HEX,
    len: usize::MAX,
};

/// A short message to [`RECEIVER`], at its default location.
pub const MESSAGE: Example = Example {
    name: "a message",
    hex: MESSAGE_HEX,
    len: usize::MAX,
};

/// The record again, its end cut off.
pub const CUT: Example = Example {
    name: "a damaged packet",
    hex: RECORD_HEX,
    len: 201,
};

/// The address of both.
pub const RECEIVER: &str = "toxdrop1q9x9s2y74qxtd250rw7xu8melmk9afhc5e2str62z4z845ywhpl5sqeasvl";

/// All of them.
pub const ALL: [Example; 3] = [MESSAGE, RECORD, CUT];

impl Example {
    /// Its bytes.
    ///
    /// # Errors
    /// None for the examples here; a test sees to it.
    pub fn bytes(&self) -> Result<Vec<u8>, InputError> {
        let mut bytes = input::from_hex(self.hex)?;
        bytes.truncate(self.len);
        Ok(bytes)
    }
}

const RECORD_HEX: &str = "0000000002496abb000000006b28404001020036660696ee77cc645a993ed00a7bc2381579e7680cd1a194d90843\
    d604a7a84c58289ea80cb6aa8f1bbc6e1f79feec5ea6f8a655058f4a15447ad08eb87f4800000000000000000000\
    000000000000000001a20746a50000000000000007d000000000000003e80000000000127500000000006b284040\
    00000000000000000000000000000000000000000000000000000000000000004f1817c286c4e323968240cbc345\
    aa22ff094076600a6c3e561aa3d126d365a76f0a98eb8204ea294d8b6a2bddc5edb3b88e0246968b9d3f97ad8df2\
    b1264902";

const MESSAGE_HEX: &str = "000000000a660d48000000006b284040010157bd31533c314341720c55d3b45713f2daef3a0ae8da423cb8ac2db3\
    aa4b4b07e49df920ad4048bd0c3448c19c22be9b729efb42c498286d5654a8d09f69e23ad84d3a4dbbe6d7bac35c\
    0bbf5c98c6dbbebe8bb9a45d4814c98d01a95540fbe528443978b32d47bfe7175be91ae8cb2b6a55c009eebd054b\
    237b3c4753d8ec08b3e8db08373cc12c90b99ef03ae6a1ea7b0439fe90ecf505cfbaef4590ee240eb4657c642eda\
    4739970d747feb3b708dcecacf51891bdb708bacab09e25bd10c9d7d9ef0f31729c33493ae9f75f46651cf1be39a\
    b138035908640839a0d2323690ee909e21c1e5a84d7a3b31b6c0b9775187afb4842f9fe86cb9d89932c6de177cef\
    8bec05503aa266cb72e2e9e29ab4ff303118a5270485c76994fbe5";

#[cfg(test)]
mod tests {
    use super::*;
    use toxdrop_proto::ids::UnixSeconds;
    use toxdrop_proto::packet::{Packet, PacketPolicy};

    #[test]
    fn whole_examples_pass_the_judgement_of_a_node() {
        let then = UnixSeconds(1_797_800_000 - 28 * 86_400);
        for example in [MESSAGE, RECORD] {
            let packet = Packet::parse(&example.bytes().unwrap()).unwrap();
            packet.verify(then, &PacketPolicy::default()).unwrap();
        }
        assert!(Packet::parse(&CUT.bytes().unwrap()).is_err());
    }
}

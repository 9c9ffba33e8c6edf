//! Packets to try the page with when there is no node.
//!
//! Made once by the protocol crate, with real work, on 2026-11-24; their time runs out like any other's.

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

/// A short message to [`RECEIVER`], at its front door.
pub const MESSAGE: Example = Example {
    name: "a message",
    hex: MESSAGE_HEX,
    len: usize::MAX,
};

/// The owner's end of that message.
pub const TOMBSTONE: Example = Example {
    name: "a tombstone",
    hex: TOMBSTONE_HEX,
    len: usize::MAX,
};

/// The record again, its end cut off.
pub const CUT: Example = Example {
    name: "a damaged packet",
    hex: RECORD_HEX,
    len: 201,
};

/// The address of all of them.
pub const RECEIVER: &str = "toxdrop1q2yyhzzh7n42zcfuv9gymv6df040x3j30g8rrh3umh2dndpqrkwsk3eqm4s";

/// All of them.
pub const ALL: [Example; 4] = [MESSAGE, RECORD, TOMBSTONE, CUT];

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

const RECORD_HEX: &str = "0000000001938609000000006b2326000202514330c9093b1be1ad51d43f397fd57bdc922592dc66bc5b6dbdadd0\
    98c989ff796efcd451612e699662722fd50080f4d35ea1b46d1455fd7e4b0c8ec8307ad0bc2e0ba056ff56c57ff3\
    00001c00860684aa5170c1358f38ce3878cea9cc909983d31a1910e8e023e296c9d7ab939805d8e53ea4fceaab01\
    de339d712be3d0c293058fddc855fd5245521d4eb67a4fc094be25d6e56ea46cd933c6cde7493bc74e555975c37c\
    724278902a17b92ee88f7b5a88c66b4ef2692a864609ffa5ba3d9a623c5ac4ecf87b194b56ba15244493b87adf2d\
    88d36c7590d61b4a0632f7a725e2ea21d10ce86f69a34e383204c3dc8f8de1b8747a2d13d9a78477b5e234a6c95f\
    a21ae0d84bb4d800a68e0a6473ad96c3b25ef52e8dea9d681fda0271f1b56fb66de7951041b2caa196e84358534a\
    685f453fa2e417c261e080c1c557734460cf14116ba5829e2440f55697d58a6d57904e1a825ed6235ca566c6ef4c\
    46fd11b5f907a7e0074fc1e81ae67274b6386b9b12ff27484496b42fed07a205";

const MESSAGE_HEX: &str = "00000000073cd065000000006b2a664002015149e9bd33f8d09c5e3d13c29efde7c8f1b5c0aa86a4cd850f2c829d\
    cb62b006c26de37fc47b8a258c9d48490a3f5e9e6be5782ec4387374288d6edf4f44df9c51ed2fb73f36807b7e62\
    e9a4aa84cd08ffe94c43009ea592bf3476529cefe2f5d0d587ae5f164f25f1a6339d52227ccb81365c067d6cc11c\
    6b46211f2057add0780a0bb12806802ea0c1008d222c016bf87db24c1a7d63ca733faf078eab9e231f4bd35095d8\
    e46f9b1dcfe849660cf35551b45846a6ae1d1c2262aa544504bd21e7e4eefa1b723f47d5cd59a414f9c96eaf6d2a\
    636edd6c0ed39dfa1dc6ecb81eaaa305b60026602545a6a2cc9d748fdd10d311d7ed7eb879812f4d3962f7ff1e3b\
    4fa180a223db73c2014dd4626cc4575baa20f5b85c6b69219d6ff789caec858d5659fa1f400e4a68339418338bdf\
    52ff6a0530a4f5e69c18d2d3d3d55745797e";

const TOMBSTONE_HEX: &str = "01a703b56573a57a20a1b64d2d90ae053ded2b9baddd2c5e3e8a7ce6d4ecef1a11cd504083a019940278788941d9\
    ddd594c054db7ba9ce466f3e83d1e37e87faaf82c67b417ac7bb5d0f622d4f9a3e5a5248f5acef5319f0c0f17d3d\
    dc9de51055500fd13d61bc6036489afa049a70ac8b83d3338b9fe1a59ce36d1fdd02f1450b";

#[cfg(test)]
mod tests {
    use super::*;
    use toxdrop_proto::codec::Reader;
    use toxdrop_proto::ids::{NetworkId, UnixSeconds};
    use toxdrop_proto::packet::{Packet, PacketPolicy};
    use toxdrop_proto::tombstone::Tombstone;

    #[test]
    fn whole_examples_pass_the_judgement_of_a_node() {
        let then = UnixSeconds(1_795_521_600);
        for example in [MESSAGE, RECORD] {
            let packet = Packet::parse(&example.bytes().unwrap()).unwrap();
            packet.verify(then, &PacketPolicy::default()).unwrap();
        }
        let message = Packet::parse(&MESSAGE.bytes().unwrap()).unwrap();
        let bytes = TOMBSTONE.bytes().unwrap();
        let tombstone = Tombstone::decode(&mut Reader::new(&bytes)).unwrap();
        tombstone.verify(NetworkId::MAIN).unwrap();
        assert!(tombstone.covers(&message));
        assert!(Packet::parse(&CUT.bytes().unwrap()).is_err());
    }
}

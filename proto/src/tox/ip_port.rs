//! A UDP address in 19 bytes: family 1 ‖ address 16 ‖ port 2 (Tox spec, "IP_Port"; onion layers hold it).
//!
//! An IPv4 address stands in the first four bytes of the sixteen, with zeros after it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::codec::{DecodeError, DecodeErrorKind, Reader, Writer};

/// Bytes of an address.
pub const IP_PORT_LEN: usize = 19;

const IPV4: u8 = 2;
const IPV6: u8 = 10;
const IPV4_PADDING: usize = 12;

/// Appends an address; the IPv6 scope and flow label are not carried.
pub fn write_ip_port(writer: &mut Writer, addr: SocketAddr) {
    match addr.ip() {
        IpAddr::V4(ip) => writer.u8(IPV4).bytes(&ip.octets()).zeros(IPV4_PADDING),
        IpAddr::V6(ip) => writer.u8(IPV6).bytes(&ip.octets()),
    };
    writer.u16(addr.port());
}

/// Reads an address.
///
/// # Errors
/// [`DecodeError`] for another family, or an IPv4 address with anything behind it but zeros.
pub fn read_ip_port(reader: &mut Reader<'_>) -> Result<SocketAddr, DecodeError> {
    let family_at = reader.clone();
    let ip: IpAddr = match reader.u8()? {
        IPV4 => {
            let ip = Ipv4Addr::from(reader.take_array::<4>()?);
            let padding_at = reader.clone();
            if reader.take_array::<IPV4_PADDING>()? != [0; IPV4_PADDING] {
                return Err(
                    padding_at.error(DecodeErrorKind::NotZero("what follows an IPv4 address"))
                );
            }
            ip.into()
        }
        IPV6 => Ipv6Addr::from(reader.take_array::<16>()?).into(),
        value => {
            return Err(family_at.error(DecodeErrorKind::UnknownValue {
                what: "address family",
                value,
            }));
        }
    };
    Ok(SocketAddr::new(ip, reader.u16()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_address_is_read_as_it_was_written(ip: IpAddr, port: u16) {
            let addr = SocketAddr::new(ip, port);
            let mut writer = Writer::default();
            write_ip_port(&mut writer, addr);
            let bytes = writer.finish();
            prop_assert_eq!(bytes.len(), IP_PORT_LEN);
            prop_assert_eq!(read_ip_port(&mut Reader::new(&bytes)), Ok(addr));
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_written_back(bytes: [u8; IP_PORT_LEN]) {
            if let Ok(addr) = read_ip_port(&mut Reader::new(&bytes)) {
                let mut writer = Writer::default();
                write_ip_port(&mut writer, addr);
                prop_assert_eq!(writer.finish(), bytes);
            }
        }
    }
}

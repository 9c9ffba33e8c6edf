//! Sockets of both families on loopback.

use std::net::Ipv6Addr;

use super::*;

/// Sends a word from one socket to another's port at this address, and says where it came from.
async fn word(from: &Udp, to: &mut Udp, ip: &str) -> SocketAddr {
    let transmit = Transmit {
        to: SocketAddr::new(ip.parse().unwrap(), to.local_addr().port()),
        bytes: b"word".to_vec(),
    };
    assert_eq!(from.send(&[transmit]).await, 1);
    let mut heard = None;
    let received = to.receive(|from, bytes| heard = Some((from, bytes.to_vec())));
    tokio::time::timeout(std::time::Duration::from_secs(10), received)
        .await
        .expect("nothing arrives")
        .unwrap();
    let (from, bytes) = heard.unwrap();
    assert_eq!(bytes, b"word");
    SocketAddr::new(from.ip().to_canonical(), from.port())
}

fn bind(text: &str) -> Udp {
    Udp::bind(text.parse().unwrap()).unwrap()
}

/// Whether this machine speaks IPv6 at all; without, there is nothing to test here.
fn ipv6() -> bool {
    let there = std::net::UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    if !there {
        eprintln!("skipped: this machine has no IPv6");
    }
    there
}

#[tokio::test]
async fn a_socket_of_both_families_speaks_with_sockets_of_either() {
    if !ipv6() {
        return;
    }
    let mut both = bind("[::]:0");
    assert_eq!(both.families(), Families::ALL);
    let (mut four, mut six) = (bind("127.0.0.1:0"), bind("[::1]:0"));
    assert_eq!(word(&four, &mut both, "127.0.0.1").await, four.local_addr());
    assert_eq!(word(&six, &mut both, "::1").await, six.local_addr());
    let port = both.local_addr().port();
    for (other, ip) in [(&mut four, "127.0.0.1"), (&mut six, "::1")] {
        let seen = word(&both, other, ip).await;
        assert_eq!(seen, SocketAddr::new(ip.parse().unwrap(), port));
    }
    // Many at once, as GSO sends them.
    let many: Vec<Transmit> = (0..10)
        .map(|n| Transmit {
            to: four.local_addr(),
            bytes: vec![n; 100],
        })
        .collect();
    assert_eq!(both.send(&many).await, 10);
    let mut heard = Vec::new();
    while heard.len() < 10 {
        let received = four.receive(|_, bytes| heard.push(bytes[0]));
        received.await.unwrap();
    }
    assert_eq!(heard, (0..10).collect::<Vec<u8>>());
}

#[tokio::test]
async fn an_exact_address_is_bound_as_it_is() {
    let local_only = |v4, v6| Families { v4, v6 };
    let four = bind("127.0.0.1:0");
    assert_eq!(four.families(), local_only(Reach::Local, Reach::None));
    let mapped = bind("[::ffff:127.0.0.1]:0");
    assert_eq!(mapped.families(), four.families());
    assert_eq!(mapped.local_addr().ip(), four.local_addr().ip());
    let any_four = bind("0.0.0.0:0");
    assert_eq!(
        any_four.families(),
        local_only(Reach::Everywhere, Reach::None)
    );
    if ipv6() {
        let six = bind("[::1]:0");
        assert_eq!(six.families(), local_only(Reach::None, Reach::Local));
    }
    assert!(Udp::bind("198.51.100.77:0".parse().unwrap()).is_err());
}

#[tokio::test]
async fn a_socket_of_both_families_may_call_out_into_the_local_network() {
    if !ipv6() {
        return;
    }
    let both = bind("[::]:0");
    // Where there is no network to call into, there is no way; that we may not would be another error.
    let to = both.destination("255.255.255.255:33445".parse().unwrap());
    match both.socket.send_to(b"word", to).await {
        Ok(sent) => assert_eq!(sent, 4),
        Err(error) => assert_ne!(error.kind(), io::ErrorKind::PermissionDenied, "{error}"),
    }
}

#[tokio::test]
async fn what_has_arrived_is_read_without_waiting_and_a_flood_in_parts() {
    let (from, mut to) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    let heard = |to: &mut Udp| {
        let mut heard: Vec<u8> = Vec::new();
        to.receive_waiting(|_, bytes| heard.push(bytes[0]));
        heard
    };
    assert!(heard(&mut to).is_empty());
    for n in 0..10 {
        let word = Transmit {
            to: to.local_addr(),
            bytes: vec![n],
        };
        from.send(&[word]).await;
    }
    // The runtime has had no moment to see that they are there.
    assert_eq!(heard(&mut to), (0..10).collect::<Vec<u8>>());
    assert!(heard(&mut to).is_empty());
    let most = AT_ONCE * BATCH_SIZE;
    for _ in 0..=most {
        let word = Transmit {
            to: to.local_addr(),
            bytes: vec![7],
        };
        from.send(&[word]).await;
    }
    assert_eq!(heard(&mut to).len(), most);
    assert_eq!(heard(&mut to).len(), 1);
}

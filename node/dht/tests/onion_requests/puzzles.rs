//! Who comes through the onion when strangers have had their share solves a puzzle first.

use std::time::Duration;

use toxdrop_dht::DhtConfig;
use toxdrop_proto::ids::Location;
use toxdrop_proto::wire::{
    Challenge, Demand, PUZZLE_BITS, PUZZLE_LEN, Puzzle, Request, Response, Token, peek,
};
use toxdrop_sim::Network;
use toxdrop_sim::letters::easy;

use crate::exit::{Exit, session};
use crate::session::Session;

/// A network whose nodes answer no stranger through the onion for nothing.
fn strict() -> Network {
    let config = DhtConfig {
        onion_strangers_answered_per_second: 1,
        ..easy()
    };
    Network::joined(2, &config, 1)
}

/// Uses up what strangers have for nothing at this moment.
fn use_up(net: &mut Network, exit: Exit) {
    let mut another = session(net, 0, 99);
    let hello = another.hello();
    assert!(exit.bring(net, 0, &hello)[0].len() > PUZZLE_LEN);
}

/// The puzzle that a Hello gets.
fn puzzle(net: &mut Network, exit: Exit, asker: &mut Session) -> Puzzle {
    use_up(net, exit);
    let hello = asker.hello();
    let came = exit.bring(net, 0, &hello);
    let [came] = &came[..] else {
        panic!("{} answers", came.len())
    };
    assert_eq!(came.len(), PUZZLE_LEN);
    let challenge = Challenge::decode(came).unwrap();
    assert_eq!(challenge.node, asker.node);
    assert_eq!(challenge.nonce, peek(&hello).unwrap().nonce);
    let Demand::Puzzle(puzzle) = challenge.demand else {
        panic!("a cookie")
    };
    puzzle
}

fn solved(puzzle: &Puzzle, asker: &Session) -> Token {
    let solution = puzzle
        .solve(&asker.node, &asker.own, 0..u64::MAX)
        .expect("there is one");
    Puzzle::solution_field(&asker.node, solution)
}

/// Whether a Hello with this in its token field is answered.
fn answered(net: &mut Network, exit: Exit, asker: &mut Session, field: Token) -> bool {
    let hello = asker.hello_with(field);
    let came = exit.bring(net, 0, &hello);
    let Some(answer) = came.first() else {
        return false;
    };
    matches!(asker.response(&hello, answer), Response::Hello(_))
}

#[test]
fn a_stranger_beyond_the_share_gets_a_puzzle_and_with_its_solution_a_token() {
    let mut net = strict();
    let exit = Exit::new(&mut net, 1);
    let mut alice = session(&net, 0, 1);
    let puzzle = puzzle(&mut net, exit, &mut alice);
    assert_eq!(puzzle.bits, PUZZLE_BITS);
    let field = solved(&puzzle, &alice);
    let hello = alice.hello_with(field);
    let came = exit.bring(&mut net, 0, &hello);
    let Response::Hello(answer) = alice.response(&hello, &came[0]) else {
        panic!("no Hello")
    };
    // With the token nothing more is to be solved, and a renewal is free.
    let token = answer.token;
    let record = Request::GetRecord(Location::from_bytes([5; 32]));
    let request = alice.ask(token, &record);
    assert_eq!(exit.bring(&mut net, 0, &request).len(), 1);
    assert!(answered(&mut net, exit, &mut alice, token));
    // A solution is no token.
    let request = alice.ask(field, &record);
    assert!(exit.bring(&mut net, 0, &request).is_empty());
}

#[test]
fn a_puzzle_is_shorter_than_what_asked_for_it() {
    let mut net = strict();
    let exit = Exit::new(&mut net, 1);
    let mut alice = session(&net, 0, 1);
    puzzle(&mut net, exit, &mut alice);
    assert!(178 + PUZZLE_LEN < alice.hello().len() + 177);
}

#[test]
fn a_wrong_solution_is_dropped() {
    let mut net = strict();
    let exit = Exit::new(&mut net, 1);
    let mut alice = session(&net, 0, 1);
    let puzzle = puzzle(&mut net, exit, &mut alice);
    let wrong = (0..)
        .find(|n| !puzzle.is_solved_by(&alice.node, &alice.own, *n))
        .unwrap();
    let field = Puzzle::solution_field(&alice.node, wrong);
    assert!(!answered(&mut net, exit, &mut alice, field));
    assert!(exit.carried(&mut net).is_empty());
}

#[test]
fn a_solution_is_good_for_its_exit_its_key_and_two_minutes_at_most() {
    let mut net = strict();
    let (exit, other) = (Exit::new(&mut net, 1), Exit::new(&mut net, 2));
    let (mut alice, mut eve) = (session(&net, 0, 1), session(&net, 0, 2));
    let puzzle = puzzle(&mut net, exit, &mut alice);
    let field = solved(&puzzle, &alice);
    assert!(
        !answered(&mut net, other, &mut alice, field),
        "another exit"
    );
    assert!(!answered(&mut net, exit, &mut eve, field), "another key");
    // Sent again because the answer was lost, it is good again.
    for _ in 0..2 {
        assert!(answered(&mut net, exit, &mut alice, field));
    }
    net.run(Duration::from_secs(120));
    assert!(!answered(&mut net, exit, &mut alice, field), "expired");
}

#[test]
fn the_puzzles_of_a_second_are_numbered() {
    let config = DhtConfig {
        onion_strangers_answered_per_second: 1,
        onion_puzzles_per_second: 3,
        ..easy()
    };
    let mut net = Network::joined(2, &config, 1);
    let exit = Exit::new(&mut net, 1);
    use_up(&mut net, exit);
    let mut alice = session(&net, 0, 1);
    let hello = alice.hello();
    let puzzles: usize = (0..10).map(|_| exit.bring(&mut net, 0, &hello).len()).sum();
    assert_eq!(puzzles, 3);
}

#[test]
fn those_who_solved_a_puzzle_have_a_budget_too() {
    let mut net = strict();
    let exit = Exit::new(&mut net, 1);
    let served = (1..=8)
        .filter(|number| {
            let mut asker = session(&net, 0, *number);
            let hello = asker.hello();
            let came = exit.bring(&mut net, 0, &hello);
            if came[0].len() > PUZZLE_LEN {
                return false;
            }
            let Demand::Puzzle(puzzle) = Challenge::decode(&came[0]).unwrap().demand else {
                panic!("a cookie")
            };
            let field = solved(&puzzle, &asker);
            answered(&mut net, exit, &mut asker, field)
        })
        .count();
    assert_eq!(served, 4, "four times what strangers have for nothing");
}

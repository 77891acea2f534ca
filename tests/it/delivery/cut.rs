//! A connection that breaks at any byte of the talk with a mail server: no letter is lost, and none comes twice but after an end that
//! was told as unsure.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use super::sink::{Does, Protects, Sink};
use super::{attempt, mail, smtp};
use focus_family::delivery::message::Cause;
use focus_family::delivery::{Delivered, Tls};
use focus_family::domain::letter::Letter;

/// Which way is cut, after how many bytes.
#[derive(Debug, Clone, Copy)]
enum Cut {
    ToServer(usize),
    ToClient(usize),
}

/// Passes one connection on to `server` and cuts it. Returns its port, and its thread, which tells how many bytes went each way.
fn cutting(server: u16, cut: Cut) -> (u16, std::thread::JoinHandle<(usize, usize)>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
        let (to_server, to_client) = match cut {
            Cut::ToServer(bytes) => (bytes, usize::MAX),
            Cut::ToClient(bytes) => (usize::MAX, bytes),
        };
        let (from, into) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let up = std::thread::spawn(move || pass(from, into, to_server));
        let down = pass(server, client, to_client);
        (up.join().unwrap(), down)
    });
    (port, thread)
}

fn pass(mut from: TcpStream, mut into: TcpStream, most: usize) -> usize {
    let mut passed = 0;
    let mut bytes = [0; 4096];
    while passed < most {
        let Ok(read @ 1..) = from.read(&mut bytes) else { break };
        let read = read.min(most - passed);
        if into.write_all(&bytes[..read]).is_err() {
            break;
        }
        passed += read;
    }
    // Whoever is cut, both ends see it.
    let _closed = (from.shutdown(Shutdown::Both), into.shutdown(Shutdown::Both));
    passed
}

#[test]
fn a_talk_cut_at_every_byte_loses_no_letter_and_repeats_one_only_after_an_unsure_end() {
    let short = Letter {
        subject: "x".into(),
        text: "x\n".into(),
        html: "<p>x</p>\n".into(),
        template: "x/1".into(),
        line: None,
        calendar: None,
    };
    let message = mail(7, &short, Cause::Event, None);
    let whole = {
        let sink = Sink::start(Protects::No, &[Does::Accepts]);
        let (port, thread) = cutting(sink.port, Cut::ToServer(usize::MAX));
        assert!(matches!(attempt(smtp(port, Tls::PlaintextLoopbackOnly), &message), Delivered::Accepted { .. }));
        thread.join().unwrap()
    };
    assert!(whole.0 > message.len() && whole.1 > 100, "{whole:?}");
    let cuts = (0..=whole.0).map(Cut::ToServer).chain((0..=whole.1).map(Cut::ToClient));
    let (mut unsure, mut twice, mut accepted) = (0, 0, 0);
    for cut in cuts {
        let sink = Sink::start(Protects::No, &[Does::Accepts, Does::Accepts]);
        let (port, thread) = cutting(sink.port, cut);
        let first = attempt(smtp(port, Tls::PlaintextLoopbackOnly), &message);
        thread.join().unwrap();
        if let Delivered::Accepted { .. } = first {
            assert_eq!(sink.heard().len(), 1, "{cut:?}");
            accepted += 1;
            continue;
        }
        assert!(!matches!(first, Delivered::Refused { .. }), "{cut:?}: a broken line is nobody's fault: {first:?}");
        // The server serves one connection after the other: when the second is done, so is the first.
        let second = attempt(smtp(sink.port, Tls::PlaintextLoopbackOnly), &message);
        assert!(matches!(second, Delivered::Accepted { .. }), "{cut:?}: {second:?}");
        let heard = sink.heard();
        assert!(heard.iter().all(|letter| letter.message == heard[0].message), "{cut:?}: the same Message-ID");
        match heard.len() {
            1 => {}
            2 => {
                assert!(matches!(first, Delivered::Unsure { .. }), "{cut:?}: it came twice and nobody was told: {first:?}");
                twice += 1;
            }
            other => panic!("{cut:?}: it came {other} times"),
        }
        unsure += usize::from(matches!(first, Delivered::Unsure { .. }));
    }
    assert!(unsure > 0 && twice > 0 && accepted > 0, "unsure {unsure}, twice {twice}, accepted {accepted}");
    // What the machine has taken into its own buffers counts as written: whoever cannot know says so.
    assert!(unsure <= message.len() + whole.1, "{unsure}");
}

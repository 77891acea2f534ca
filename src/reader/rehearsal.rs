//! Debug builds only: what a taken-over child would try, and how it would misbehave. Tests read what came of it.

use std::io::Write;
use std::process::ExitCode;

use super::protocol;

/// Whether `part` is played by a child that has both locks but no worker and no mail: its input and output are the test's.
pub fn is_played_alone(part: &str) -> bool {
    matches!(part, "escape" | "memory" | "spin")
}

/// Plays `part`: `escape` tries to get out by every door, `memory` and `spin` run into the limits; the others stand for a child that
/// reads a mail and answers by `nonsense`, `too_much`, or not at all (`silence`, `exit`, `hoard`).
pub fn play(part: &str) -> ExitCode {
    let mut output = std::io::stdout().lock();
    let said = match part {
        "escape" => return escape(&mut output),
        "memory" | "hoard" => return hoard(),
        "nonsense" => protocol::write_frame(&mut output, protocol::ANSWER, b"{]"),
        "too_much" => output.write_all(b"A\xff\xff\xff\xff"),
        "exit" => return ExitCode::from(1),
        _ => return spin(),
    };
    if said.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn escape(output: &mut impl Write) -> ExitCode {
    use std::net::{TcpListener, TcpStream, UdpSocket};
    let own = rustix::process::getpid();
    let attempts: [(&str, bool); 11] = [
        ("open a file", std::fs::File::open("/etc/passwd").is_ok()),
        ("list a folder", std::fs::read_dir("/").is_ok()),
        ("write a file", std::fs::write("/tmp/focus-family-escape", b"x").is_ok()),
        ("look at itself", std::fs::read("/proc/self/environ").is_ok()),
        ("connect", TcpStream::connect("127.0.0.1:9").is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)),
        ("listen", TcpListener::bind("127.0.0.1:0").is_ok()),
        ("send a datagram", UdpSocket::bind("127.0.0.1:0").is_ok()),
        ("start a program", std::process::Command::new("/bin/true").spawn().is_ok()),
        ("start a thread", std::thread::Builder::new().spawn(|| ()).is_ok()),
        ("fork", fork::fork().is_ok()),
        ("send a signal", rustix::process::test_kill_process(own).is_ok()),
    ];
    for (attempt, succeeded) in attempts {
        let outcome = if succeeded { "succeeded" } else { "refused" };
        if writeln!(output, "{attempt}: {outcome}").is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn hoard() -> ExitCode {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    for _ in 0..4096 {
        hoard.push(vec![1; 1 << 20]);
    }
    ExitCode::from(u8::from(hoard.len() < 4096))
}

fn spin() -> ExitCode {
    let mut number = 1_u64;
    while number != 0 {
        number = std::hint::black_box(number.wrapping_mul(3) | 1);
    }
    ExitCode::SUCCESS
}

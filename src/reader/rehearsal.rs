//! Debug builds only: what a taken-over child would try, and how it would misbehave. Tests read what came of it.

use std::io::Write;
use std::process::ExitCode;

/// Plays `part`: `escape` tries to get out by every door, `memory` and `spin` run into the limits.
pub fn play(part: &str, output: &mut impl Write) -> ExitCode {
    match part {
        "escape" => escape(output),
        "memory" => hoard(),
        _ => spin(),
    }
}

fn escape(output: &mut impl Write) -> ExitCode {
    use std::net::{TcpListener, TcpStream, UdpSocket};
    let attempts: [(&str, bool); 9] = [
        ("open a file", std::fs::File::open("/etc/passwd").is_ok()),
        ("list a folder", std::fs::read_dir("/").is_ok()),
        ("write a file", std::fs::write("/tmp/focus-family-escape", b"x").is_ok()),
        ("look at itself", std::fs::read("/proc/self/environ").is_ok()),
        ("connect", TcpStream::connect("127.0.0.1:9").is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)),
        ("listen", TcpListener::bind("127.0.0.1:0").is_ok()),
        ("send a datagram", UdpSocket::bind("127.0.0.1:0").is_ok()),
        ("start a program", std::process::Command::new("/bin/true").spawn().is_ok()),
        ("start a thread", std::thread::Builder::new().spawn(|| ()).is_ok()),
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

//! A private Dovecot for the tests: on loopback, without rights, in a folder of its own, gone with the test process.
//!
//! Every user name is known and its password is `secret`; the access token `tok-good` is good for `post@example.org`.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use focus_family::mailbox::imap::wire::{Ended, Wire};
use imap_proto::{MailboxDatum, Response};
use tokio::net::TcpStream;

/// A running server.
pub struct Dovecot {
    folder: PathBuf,
    /// Without encryption, and with `STARTTLS`.
    pub plain: u16,
    /// Encrypted from the first byte.
    pub tls: u16,
    _guard: Child,
}

impl Dovecot {
    /// The server of this test process.
    pub fn get() -> &'static Self {
        static SERVER: OnceLock<Dovecot> = OnceLock::new();
        SERVER.get_or_init(|| (0..5).find_map(|_| Self::start()).expect("Dovecot starts; `apt-get install dovecot-imapd`"))
    }

    /// A user nobody has used.
    pub fn user(&self) -> String {
        static USERS: AtomicU32 = AtomicU32::new(0);
        format!("user{}@example.org", USERS.fetch_add(1, Ordering::SeqCst))
    }

    /// The lines of settings in `folder` that watch the mailbox of `user` here, in place of those of a Maildir.
    pub fn as_mailbox(&self, folder: &Path, user: &str) -> String {
        fs::write(folder.join("password.txt"), "secret\n").unwrap();
        format!(
            "kind = \"imap\"\nhost = \"localhost\"\nport = {}\nusername = \"{user}\"\npassword_file = \"password.txt\"\ntls = \"none\"\n",
            self.plain
        )
    }

    /// The certificate of `localhost`, PEM.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("cert.pem")
    }

    /// Gives a folder a new UIDVALIDITY.
    pub fn renumber(&self, user: &str, folder: &str, validity: u32) {
        let config = self.folder.join("conf");
        let mut doveadm = without_rights("doveadm");
        doveadm.arg("-c").arg(config).args(["mailbox", "update", "-u", user, "--uid-validity", &validity.to_string(), folder]);
        run(&mut doveadm);
    }

    /// Ends every session of `user` as a crash of the server would.
    pub fn kill_sessions(&self, user: &str) {
        let mut doveadm = without_rights("doveadm");
        run(doveadm.arg("-c").arg(self.folder.join("conf")).args(["kick", user]));
    }

    fn start() -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("ff-dovecot-").tempdir().unwrap().keep();
        for name in ["run", "state", "mail"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        let request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
                       -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE -keyout key.pem -out cert.pem";
        run(Command::new("openssl").args(request.split_whitespace()).current_dir(&folder));
        let (plain, tls) = (free_port(), free_port());
        let (user, group) = identity();
        let config = CONFIG
            .replace("@FOLDER@", folder.to_str().unwrap())
            .replace("@USER@", &user)
            .replace("@GROUP@", &group)
            .replace("@PLAIN@", &plain.to_string())
            .replace("@TLS@", &tls.to_string());
        fs::write(folder.join("conf"), config).unwrap();
        let tokens = format!(
            "tokeninfo_url = http://127.0.0.1:{}/?access_token=\nintrospection_mode = get\nusername_attribute = email\n\
             active_attribute = active\nactive_value = yes\n",
            answer_about_tokens()
        );
        fs::write(folder.join("oauth2.conf"), tokens).unwrap();
        if is_root() {
            run(Command::new("chown").arg("-R").arg(format!("{user}:{group}")).arg(&folder));
        }
        // It goes to the background once it listens, so its return is the event to wait for.
        let mut dovecot = without_rights("dovecot");
        dovecot.arg("-c").arg(folder.join("conf")).stdin(Stdio::null()).stdout(Stdio::null());
        let started = dovecot.status().is_ok_and(|status| status.success());
        let guard = guard(&folder);
        started.then_some(Self { folder, plain, tls, _guard: guard })
    }
}

const CONFIG: &str = "\
base_dir = @FOLDER@/run
state_dir = @FOLDER@/state
log_path = @FOLDER@/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <@FOLDER@/cert.pem
ssl_key = <@FOLDER@/key.pem
disable_plaintext_auth = no
mail_location = maildir:@FOLDER@/mail/%u
default_internal_user = @USER@
default_internal_group = @GROUP@
default_login_user = @USER@
first_valid_uid = 1
first_valid_gid = 1
mail_uid = @USER@
mail_gid = @GROUP@
mail_fsync = never
mail_max_userip_connections = 100
auth_mechanisms = plain xoauth2
auth_failure_delay = 0
passdb {
  driver = oauth2
  mechanisms = xoauth2
  args = @FOLDER@/oauth2.conf
}
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = home=@FOLDER@/mail/%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = @PLAIN@
  }
  inet_listener imaps {
    port = @TLS@
    ssl = yes
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
namespace inbox {
  inbox = yes
  separator = /
}
";

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0)
}

/// The user and group without rights that the server runs as.
fn identity() -> (String, String) {
    let asked = |flag: &str| {
        let output = without_rights("id").arg(flag).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    (asked("-un"), asked("-gn"))
}

fn without_rights(program: &str) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "nobody", "--", program]);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/");
    command
}

fn run(command: &mut Command) {
    let done = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(done.as_ref().is_ok_and(std::process::ExitStatus::success), "{command:?}: {done:?}");
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What an identity provider is asked by the mail server; the port it listens on.
fn answer_about_tokens() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut asked = [0; 4096];
            let length = stream.read(&mut asked).unwrap_or(0);
            let good = String::from_utf8_lossy(&asked[..length]).contains("access_token=tok-good");
            let (status, body) = match good {
                true => ("200 OK", "{\"email\": \"post@example.org\", \"active\": \"yes\"}"),
                false => ("401 Unauthorized", "{\"error\": \"invalid_token\"}"),
            };
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            // A mail server that did not wait for it asks again.
            let _told = stream.write_all(answer.as_bytes());
        }
    });
    port
}

fn guard(folder: &Path) -> Child {
    let folder = folder.display();
    let script = format!("cat >/dev/null; kill $(cat '{folder}/run/master.pid'); rm -rf '{folder}'");
    Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir("/")
        .process_group(0)
        .spawn()
        .unwrap()
}

/// Somebody who uses the same mailbox.
pub struct Colleague {
    wire: Wire<TcpStream>,
}

impl Colleague {
    /// Signed in.
    pub async fn new(port: u16, user: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let mut colleague = Self { wire: Wire::new(stream, Duration::from_secs(60)) };
        colleague.wire.next("hear the greeting").await.unwrap();
        colleague.run(&format!("LOGIN {user} secret")).await;
        colleague
    }

    /// A command that must be done.
    pub async fn run(&mut self, command: &str) {
        let ended = self.wire.exchange("work", command, |_| {}).await.unwrap();
        assert_eq!(ended, Ended::Ok, "{command}");
    }

    /// The numbers in a folder, which is open then.
    pub async fn uids(&mut self, folder: &str) -> Vec<u32> {
        self.run(&format!("SELECT \"{folder}\"")).await;
        let mut found = Vec::new();
        let take = |response: &Response<'_>| {
            if let Response::MailboxData(MailboxDatum::Search(numbers)) = response {
                found.extend(numbers);
            }
        };
        let ended = self.wire.exchange("list", "UID SEARCH ALL", take).await.unwrap();
        assert_eq!(ended, Ended::Ok);
        found
    }

    /// Puts a mail into a folder.
    pub async fn append(&mut self, folder: &str, raw: &[u8]) {
        let text = std::str::from_utf8(raw).unwrap();
        self.run(&format!("APPEND \"{folder}\" {{{}+}}\r\n{text}", raw.len())).await;
    }
}

//! The jail of the program that reads words off pictures: this program locks itself in, then becomes the other one.
//!
//! Landlock: its own file, its libraries and its language data can be read, nothing written, no network. Limits: memory, processor
//! time, no new files, no core dumps (they would hold the page). Seccomp here is a list of what is refused, since the calls a foreign
//! program needs differ from system to system: network, other processes, the machine's settings.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Exit code when the jail could not be made.
pub const NO_JAIL: u8 = 3;

/// Becomes the program, or ends. `main` calls it before anything else when the first argument is `ocr-worker`; the arguments after it
/// are processor seconds, memory bytes, `required` or `weakened`, the program, the picture's dots an inch, how its page is divided, and
/// the languages looked for.
#[must_use]
pub fn jail_main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(2).collect();
    let [seconds, memory, strictness, program, dots, division, languages] = arguments.as_slice() else {
        return ExitCode::from(NO_JAIL);
    };
    let number = |text: &OsString| text.to_str().and_then(|text| text.parse::<u64>().ok());
    let (Some(seconds), Some(memory)) = (number(seconds), number(memory)) else { return ExitCode::from(NO_JAIL) };
    let program = Path::new(program);
    if !enter(program, memory, seconds) && strictness != "weakened" {
        return ExitCode::from(NO_JAIL);
    }
    #[cfg(debug_assertions)]
    if division == "rehearse-escape" {
        return super::rehearsal::play("escape");
    }
    become_program(program, [dots, division, languages])
}

#[cfg(unix)]
fn become_program(program: &Path, [dots, division, languages]: [&OsString; 3]) -> ExitCode {
    use std::os::unix::process::CommandExt;
    // One row a word.
    let _gone_wrong = std::process::Command::new(program)
        .args(["stdin", "stdout", "--dpi"])
        .arg(dots)
        .arg("-l")
        .arg(languages)
        .arg("--psm")
        .arg(division)
        .arg("tsv")
        .exec();
    ExitCode::from(NO_JAIL)
}

#[cfg(not(unix))]
fn become_program(_program: &Path, _arguments: [&OsString; 3]) -> ExitCode {
    ExitCode::from(NO_JAIL)
}

#[cfg(target_os = "linux")]
fn enter(program: &Path, memory: u64, seconds: u64) -> bool {
    limit_resources(memory, seconds).is_ok() && refuse_files(program) && refuse_calls()
}

#[cfg(not(target_os = "linux"))]
fn enter(_program: &Path, _memory: u64, _seconds: u64) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn limit_resources(memory: u64, seconds: u64) -> std::io::Result<()> {
    use rlimit::{Resource, setrlimit};
    setrlimit(Resource::AS, memory, memory)?;
    setrlimit(Resource::CPU, seconds, seconds + 1)?;
    setrlimit(Resource::FSIZE, 0, 0)?;
    setrlimit(Resource::CORE, 0, 0)
}

/// Where systems keep libraries and language data.
#[cfg(target_os = "linux")]
const READ_BELOW: &[&str] = &[
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/tesseract-ocr",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
];
/// Loaders of programs, which the kernel starts first.
#[cfg(target_os = "linux")]
const LOADERS: &[&str] = &[
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-linux-aarch64.so.1",
    "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-musl-aarch64.so.1",
    "/lib/ld-linux-riscv64-lp64d.so.1",
];

#[cfg(target_os = "linux")]
fn refuse_files(program: &Path) -> bool {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
    };
    let build = || -> Result<landlock::RestrictionStatus, landlock::RulesetError> {
        let mut ruleset = Ruleset::default()
            .handle_access(AccessFs::from_all(ABI::V5))?
            .handle_access(AccessNet::from_all(ABI::V5))?
            .create()?;
        let read_file: BitFlags<AccessFs> = AccessFs::ReadFile.into();
        let own_data = std::env::var_os("TESSDATA_PREFIX");
        let below = READ_BELOW.iter().map(Path::new).chain(own_data.as_deref().map(Path::new));
        let below = below.map(|path| (path, if path.is_dir() { read_file | AccessFs::ReadDir } else { read_file }));
        let run = LOADERS.iter().map(Path::new).chain([program]).map(|path| (path, read_file | AccessFs::Execute));
        for (path, access) in below.chain(run) {
            if let Ok(opened) = PathFd::new(path) {
                ruleset = ruleset.add_rule(PathBeneath::new(opened, access))?;
            }
        }
        ruleset.restrict_self()
    };
    build().is_ok_and(|status| status.no_new_privs && !matches!(status.ruleset, RulesetStatus::NotEnforced))
}

/// Network, other processes, the machine.
#[cfg(target_os = "linux")]
const REFUSED: &[i64] = &[
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kcmp,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_mq_open,
    libc::SYS_memfd_create,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_userfaultfd,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_by_handle_at,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_sethostname,
    libc::SYS_acct,
    libc::SYS_quotactl,
];

#[cfg(target_os = "linux")]
fn refuse_calls() -> bool {
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
    let build = || -> Result<BpfProgram, seccompiler::BackendError> {
        let rules = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
        let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        SeccompFilter::new(rules, SeccompAction::Allow, refused, std::env::consts::ARCH.try_into()?)?.try_into()
    };
    build().is_ok_and(|program| seccompiler::apply_filter(&program).is_ok())
}

//! What the reading child takes away from itself before it reads a byte of a mail.
//!
//! Landlock: no file of any kind. Seccomp: memory, one pipe in, two pipes out, and the end; everything else is refused.
//! Limits: memory, processor time, no new files, no core dumps (they would hold the mail).

/// What the child could enforce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enforced {
    /// Everything.
    Fully,
    /// The kernel, or the platform, lacks something.
    NotFully,
}

/// The stack of the child: parsers recurse, their depth is bounded, debug builds have large frames.
#[cfg(target_os = "linux")]
const STACK_BYTES: u64 = 96 << 20;

/// Takes everything away. After it, the process can read its input, compute and answer.
#[cfg(target_os = "linux")]
#[must_use]
pub fn enter(memory_bytes_max: u64, processor_seconds: u64) -> Enforced {
    let limited = limit_resources(memory_bytes_max, processor_seconds).is_ok();
    let landlocked = refuse_files();
    let filtered = refuse_calls();
    if limited && landlocked && filtered { Enforced::Fully } else { Enforced::NotFully }
}

/// Elsewhere nothing is enforced.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn enter(_memory_bytes_max: u64, _processor_seconds: u64) -> Enforced {
    Enforced::NotFully
}

#[cfg(target_os = "linux")]
fn limit_resources(memory_bytes_max: u64, processor_seconds: u64) -> std::io::Result<()> {
    use rlimit::{Resource, getrlimit, setrlimit};
    // The main thread's stack grows up to this limit as read when it grows.
    let (_, stack_hard) = getrlimit(Resource::STACK)?;
    setrlimit(Resource::STACK, STACK_BYTES.min(stack_hard), stack_hard)?;
    // The limit counts the program's own pages, which are none of the mail's doing.
    let memory = own_size() + memory_bytes_max;
    setrlimit(Resource::AS, memory, memory)?;
    setrlimit(Resource::CPU, processor_seconds, processor_seconds + 1)?;
    setrlimit(Resource::FSIZE, 0, 0)?;
    setrlimit(Resource::CORE, 0, 0)
}

/// Bytes of address space this process has mapped at its start.
#[cfg(target_os = "linux")]
fn own_size() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok().and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}

#[cfg(target_os = "linux")]
fn refuse_files() -> bool {
    use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetStatus};
    let ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))
        .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(ABI::V5)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self);
    ruleset.is_ok_and(|status| status.no_new_privs && !matches!(status.ruleset, RulesetStatus::NotEnforced))
}

/// The system calls left: memory, the pipes, time, randomness for hash tables, signals to itself, the end.
#[cfg(target_os = "linux")]
fn refuse_calls() -> bool {
    use std::collections::BTreeMap;

    use seccompiler::{BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule};

    let on_descriptor = |descriptor: u64| {
        let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, descriptor);
        condition.and_then(|condition| SeccompRule::new(vec![condition]))
    };
    let free = [
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_futex,
        libc::SYS_clock_gettime,
        libc::SYS_getrandom,
        libc::SYS_sched_yield,
        libc::SYS_rt_sigreturn,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_sigaltstack,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_tgkill,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    let build = || -> Result<BpfProgram, seccompiler::BackendError> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> = free.into_iter().map(|call| (call, Vec::new())).collect();
        rules.insert(libc::SYS_read, vec![on_descriptor(0)?]);
        rules.insert(libc::SYS_write, vec![on_descriptor(1)?, on_descriptor(2)?]);
        let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let architecture = std::env::consts::ARCH.try_into()?;
        SeccompFilter::new(rules, refused, SeccompAction::Allow, architecture)?.try_into()
    };
    build().is_ok_and(|program| seccompiler::apply_filter(&program).is_ok())
}

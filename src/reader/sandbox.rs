//! What a reading process takes away from itself before it sees a byte of a mail, in two steps.
//!
//! The worker, once: Landlock (no file of any kind, no socket), limits (memory, no new files, no core dumps, which would hold the
//! mail), and a seccomp filter that leaves it the forking of children and the talk with the daemon. Each child, before it reads: its own
//! limit of processor time, and a second filter that leaves memory, its input, its output and the end. What was taken never comes back.

use std::io;

/// What could be enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enforced {
    /// Everything.
    Fully,
    /// The kernel, or the platform, lacks something.
    NotFully,
}

/// The second step, made ready in the worker for all its children.
pub struct ChildLocks {
    processor_seconds: u64,
    #[cfg(target_os = "linux")]
    filter: Option<seccompiler::BpfProgram>,
}

/// The stack of a child: parsers recurse, their depth is bounded, debug builds have large frames.
#[cfg(target_os = "linux")]
const STACK_BYTES: u64 = 96 << 20;

/// The first step. After it, the process can fork, hand its descriptors on, wait and report; its children inherit the limits.
#[cfg(target_os = "linux")]
#[must_use]
pub fn enter(memory_bytes_max: u64, processor_seconds: u64) -> (Enforced, ChildLocks) {
    let locks = ChildLocks { processor_seconds, filter: filter(CHILD_CALLS, child_rules) };
    let limited = limit_resources(memory_bytes_max).is_ok();
    let landlocked = refuse_files();
    let filtered = apply(filter(WORKER_CALLS, worker_rules).as_ref());
    (if limited && landlocked && filtered { Enforced::Fully } else { Enforced::NotFully }, locks)
}

/// Elsewhere nothing is enforced.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn enter(_memory_bytes_max: u64, processor_seconds: u64) -> (Enforced, ChildLocks) {
    (Enforced::NotFully, ChildLocks { processor_seconds })
}

impl ChildLocks {
    /// The second step, in the child. After it, the process can read its input, compute and answer.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub fn enter(&self) -> Enforced {
        use rlimit::{Resource, setrlimit};
        let limited = setrlimit(Resource::CPU, self.processor_seconds, self.processor_seconds + 1).is_ok();
        if apply(self.filter.as_ref()) && limited { Enforced::Fully } else { Enforced::NotFully }
    }

    /// Elsewhere there is none.
    #[cfg(not(target_os = "linux"))]
    #[must_use]
    pub fn enter(&self) -> Enforced {
        let _unused = self.processor_seconds;
        Enforced::NotFully
    }
}

/// In the child of `worker`: has the kernel end it when its worker ends, so that no child goes on alone.
///
/// # Errors
/// When the worker has ended already.
pub fn end_with(worker: rustix::process::Pid) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    // It may have ended just before.
    if rustix::process::getppid() == Some(worker) { Ok(()) } else { Err(io::ErrorKind::NotConnected.into()) }
}

#[cfg(target_os = "linux")]
fn limit_resources(memory_bytes_max: u64) -> io::Result<()> {
    use rlimit::{Resource, getrlimit, setrlimit};
    // The main thread's stack grows up to this limit as read when it grows.
    let (_, stack_hard) = getrlimit(Resource::STACK)?;
    setrlimit(Resource::STACK, STACK_BYTES.min(stack_hard), stack_hard)?;
    // The limit counts the program's own pages, which are none of the mail's doing.
    let memory = own_size() + memory_bytes_max;
    setrlimit(Resource::AS, memory, memory)?;
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

/// Left to a child, whatever the arguments: memory, time, randomness for hash tables, handlers of its own signals, the end.
/// No signal can be sent, not even to itself: a call to abort ends the process by its last resort, a forbidden instruction.
#[cfg(target_os = "linux")]
const CHILD_CALLS: &[i64] = &[
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
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Left to the worker besides: descriptors handed over, the forking of a child, its wait, and what the child's second step needs.
#[cfg(target_os = "linux")]
const WORKER_CALLS: &[i64] = &[
    libc::SYS_recvmsg,
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_close,
    libc::SYS_fcntl,
    libc::SYS_dup3,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_dup2,
    libc::SYS_wait4,
    libc::SYS_getppid,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_prlimit64,
    libc::SYS_prctl,
    libc::SYS_seccomp,
];

#[cfg(target_os = "linux")]
type Rules = std::collections::BTreeMap<i64, Vec<seccompiler::SeccompRule>>;

/// A filter that refuses every call but `free` ones and those of `more`.
#[cfg(target_os = "linux")]
fn filter(free: &[i64], more: fn(&mut Rules) -> Result<(), seccompiler::BackendError>) -> Option<seccompiler::BpfProgram> {
    use seccompiler::{SeccompAction, SeccompFilter};
    let build = || -> Result<seccompiler::BpfProgram, seccompiler::BackendError> {
        let mut rules: Rules = free.iter().map(|call| (*call, Vec::new())).collect();
        more(&mut rules)?;
        let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let architecture = std::env::consts::ARCH.try_into()?;
        SeccompFilter::new(rules, refused, SeccompAction::Allow, architecture)?.try_into()
    };
    build().ok()
}

#[cfg(target_os = "linux")]
fn apply(filter: Option<&seccompiler::BpfProgram>) -> bool {
    filter.is_some_and(|program| seccompiler::apply_filter(program).is_ok())
}

/// One descriptor to read from, two to write to.
#[cfg(target_os = "linux")]
fn child_rules(rules: &mut Rules) -> Result<(), seccompiler::BackendError> {
    use seccompiler::{SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompRule};
    let on_descriptor = |descriptor: u64| {
        let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, descriptor);
        condition.and_then(|condition| SeccompRule::new(vec![condition]))
    };
    rules.insert(libc::SYS_read, vec![on_descriptor(0)?]);
    rules.insert(libc::SYS_write, vec![on_descriptor(1)?, on_descriptor(2)?]);
    Ok(())
}

/// Everything a child may do, and forking: a process of its own, no thread, no new namespace.
#[cfg(target_os = "linux")]
fn worker_rules(rules: &mut Rules) -> Result<(), seccompiler::BackendError> {
    use seccompiler::{SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompRule};
    for call in CHILD_CALLS {
        rules.insert(*call, Vec::new());
    }
    let shared = libc::CLONE_VM | libc::CLONE_THREAD | libc::CLONE_FILES | libc::CLONE_PARENT;
    let apart = libc::CLONE_NEWUSER | libc::CLONE_NEWPID | libc::CLONE_NEWNS | libc::CLONE_NEWNET;
    let mask = u64::from((shared | apart).cast_unsigned());
    let none_of = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(mask), 0)?;
    rules.insert(libc::SYS_clone, vec![SeccompRule::new(vec![none_of])?]);
    Ok(())
}

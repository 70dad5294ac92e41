//! How much memory processes take, where the system tells (Linux).

/// Megabytes of memory that a process has taken now.
pub(super) fn now_mb(pid: u32) -> Option<u64> {
    field(pid, "VmRSS:")
}

/// The most that it ever took.
pub(super) fn peak_mb(pid: u32) -> Option<u64> {
    field(pid, "VmHWM:")
}

fn field(pid: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes.div_ceil(1024))
}

/// A worker's own limits. Whoever started it watches what it really takes; this stops one that asks
/// for more at once than that could see in time. Address space is far more than memory: allocator and
/// stacks reserve what they may never touch.
#[cfg(unix)]
pub(super) fn limit_this_process(memory_mb: u64) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let set = |resource, most: u64| {
        let _ = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    };
    // A crash is told, not dumped.
    set(Resource::Core, 0);
    if memory_mb > 0 {
        set(Resource::As, memory_mb.saturating_mul(2).saturating_add(8 << 10).saturating_mul(1 << 20));
    }
    // A worker without its engine would write into the next run's work.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
}

/// Elsewhere there are no such limits.
#[cfg(not(unix))]
pub(super) fn limit_this_process(_: u64) {}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_takes_some() {
        let (now, peak) = (super::now_mb(std::process::id()), super::peak_mb(std::process::id()));
        assert!(now.is_some_and(|n| n > 0) && peak >= now, "{now:?} {peak:?}");
        assert_eq!(super::now_mb(u32::MAX), None);
    }
}

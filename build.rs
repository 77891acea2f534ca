//! How the program is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Each mail is read in a child process of its own. With a program at a fixed place the loader has no addresses to correct in it,
    // which would copy some 380 pages at each start: two thirds of what a start costs. Heap, stacks and libraries stay where chance puts them.
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bin=focus-family=-no-pie");
    }
}

//! The life of a case, through the doors `decide`, `evolve` and `effects`.

use focus_family::domain::workflow::Lifecycle;

#[test]
fn the_shipped_life_cycle_can_be_read() {
    let life: Lifecycle = serde_saphyr::from_str(include_str!("../../workflows/focus-family/lifecycle.yaml")).expect("reads");
    println!("{:#?}", life.moves[0]);
    println!("{:#?}", life.begins);
}

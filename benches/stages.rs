//! How long each stage takes on a sample pack.
#![allow(missing_docs)]

use agendapack::engine::{Pipeline, Plan, Road, StageName};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::sync::Arc;

const SAMPLE: &str = "samples/scrutiny-panel.pdf";

fn stages(c: &mut Criterion) {
    let pdf = Arc::new(std::fs::read(SAMPLE).expect("the samples are part of the project"));
    let plan = Plan::new(&Pipeline::default());
    let mut group = c.benchmark_group("stages");
    group.sample_size(20);
    for stage in StageName::ALL {
        // Everything above the stage is made outside the measurement.
        let ready = || {
            let mut road = Road::new(&plan, Arc::clone(&pdf), "sample.pdf").holding();
            for input in stage.inputs() {
                road.ensure(*input).expect("the sample converts");
            }
            road
        };
        group.bench_function(stage.name(), |b| {
            b.iter_batched(ready, |mut road| road.ensure(stage), BatchSize::LargeInput);
        });
    }
    group.finish();

    let mut group = c.benchmark_group("whole");
    let mut road = Road::new(&plan, Arc::clone(&pdf), "sample.pdf");
    let pages = road.flow().map_or(0, |f| f.pages.len());
    group.sample_size(20).throughput(Throughput::Elements(pages as u64));
    group.bench_function("pages", |b| {
        b.iter(|| Road::new(&plan, Arc::clone(&pdf), "sample.pdf").ensure(StageName::Emit));
    });
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);

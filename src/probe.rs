#![allow(missing_docs)]
use std::sync::Mutex; use std::time::Instant; use std::collections::BTreeMap;
pub static ALL: Mutex<BTreeMap<(u32,&'static str),(f64,f64,u32,bool)>> = Mutex::new(BTreeMap::new());
pub fn phase<T>(o:u32,n:&'static str,f:impl FnOnce()->T)->T{let t=Instant::now();let r=f();add(o,n,t,true);r}
pub fn item<T>(o:u32,n:&'static str,f:impl FnOnce()->T)->T{let t=Instant::now();let r=f();add(o,n,t,false);r}
fn add(o:u32,n:&'static str,t:Instant,p:bool){let ms=t.elapsed().as_secs_f64()*1e3;let mut a=ALL.lock().unwrap();let e=a.entry((o,n)).or_insert((0.,0.,0,p));e.0+=ms;e.1=e.1.max(ms);e.2+=1;}
pub fn print(){for ((_,n),(s,m,c,p)) in ALL.lock().unwrap().iter(){if *p {eprintln!("PHASE {n}: {s:.2} ms")}else{eprintln!("   item {n}: sum {s:.2} max {m:.2} n {c}")}}}

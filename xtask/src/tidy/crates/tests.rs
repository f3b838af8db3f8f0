//! Small crates made up for one rule each.

use super::*;

/// The problems of sources: paths below `crates/x/src/` and texts.
fn problems(files: &[(&str, &str)]) -> Vec<String> {
    problems_in("crates/x/src/", files)
}

fn problems_in(folder: &str, files: &[(&str, &str)]) -> Vec<String> {
    let files = files.iter().map(|(path, text)| (format!("{folder}{path}"), (*text).to_owned()));
    check(&files.collect())
}

/// The only problem, as lines.
#[track_caller]
fn problem(files: &[(&str, &str)]) -> Vec<String> {
    let problems = problems(files);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems[0].lines().map(|line| line.trim().replace("crates/x/src/", "")).collect()
}

const NONE: Vec<String> = Vec::new();

#[test]
fn a_cycle_of_two_files_is_named_with_each_import_and_its_line() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\n"),
        ("a.rs", "use std::fmt;\nuse crate::b::B;\npub struct A(B);\n"),
        ("b.rs", "pub struct B;\nfn f(_: &crate::a::A) {}\n"),
    ];
    let expected = ["a.rs: 2 files import each other:", "a.rs:2: crate::b::B, of b.rs", "b.rs:2: crate::a::A, of a.rs"];
    assert_eq!(problem(&files), expected);
}

#[test]
fn a_cycle_of_three_files_is_one_problem_and_leaves_out_the_files_around_it() {
    let files = [
        ("main.rs", "mod a;\nmod b;\nmod c;\nmod d;\nmod e;\nfn main() { d::f() }\n"),
        ("a.rs", "use crate::b::B;\nuse crate::e::E;\npub struct A(B, E);\n"),
        ("b.rs", "use crate::c::C;\npub struct B(C);\n"),
        ("c.rs", "pub struct C;\nfn f() -> Option<crate::a::A> { None }\n"),
        ("d.rs", "use crate::a::A;\npub fn f() -> Option<A> { None }\n"),
        ("e.rs", "pub struct E;\n"),
    ];
    let expected = [
        "a.rs: 3 files import each other:",
        "a.rs:1: crate::b::B, of b.rs",
        "b.rs:1: crate::c::C, of c.rs",
        "c.rs:2: crate::a::A, of a.rs",
    ];
    assert_eq!(problem(&files), expected);
}

#[test]
fn a_shortest_cycle_is_shown_and_the_files_of_longer_ones_are_named() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;\nmod d;\n"),
        ("a.rs", "use crate::b::B;\npub struct A;\n"),
        ("b.rs", "use crate::c::{C, D};\nuse crate::d;\npub struct B;\n"),
        ("c.rs", "use crate::a::A;\nuse crate::d;\npub struct C;\npub struct D;\n"),
        ("d.rs", "use crate::c::C;\n"),
    ];
    let expected = [
        "c.rs: 2 files import each other:",
        "c.rs:2: crate::d, of d.rs",
        "d.rs:1: crate::c::C, of c.rs",
        "with them, in longer cycles: a.rs, b.rs",
    ];
    assert_eq!(problem(&files), expected);
}

#[test]
fn two_cycles_are_two_problems() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;\nmod d;\n"),
        ("a.rs", "use crate::b::B;\npub struct A;\n"),
        ("b.rs", "use crate::a::A;\npub struct B;\n"),
        ("c.rs", "use crate::d::D;\nuse crate::a::A;\npub struct C;\n"),
        ("d.rs", "use crate::c::C;\npub struct D;\n"),
    ];
    let problems = problems(&files);
    assert_eq!(problems.len(), 2, "{problems:#?}");
    assert!(!problems[1].contains("a.rs"), "{problems:#?}");
}

#[test]
fn imports_by_super_and_self_and_without_a_beginning_are_followed() {
    for (from_a, from_b) in [
        ("use super::b::B;", "use super::a::A;"),
        ("use super::super::g::b::B;", "fn f() { super::a::A; }"),
        ("use super::{b::{self, B}, a};", "use super::super::g::{a::{A as Z}};"),
        ("mod i { use super::super::b::B; }", "use super::a::A;"),
        ("fn f() { use super::b; b::f(); }", "impl super::a::A {}"),
        ("use super::b::*;", "use super::a::*;"),
        ("use super::b as c; fn f() { c::f(); }", "fn f(_: &dyn Fn() -> super::a::A) {}"),
        ("use super::r#b::B;", "use super::a::A;"),
    ] {
        let (a, b) = (format!("{from_a}\npub struct A;\n"), format!("{from_b}\npub struct B;\n"));
        let files = [("lib.rs", "mod g;\n"), ("g/mod.rs", "mod a;\nmod b;\n"), ("g/a.rs", &a), ("g/b.rs", &b)];
        assert_eq!(problem(&files)[0], "g/a.rs: 2 files import each other:", "{from_a} {from_b}");
    }
    // `x.rs` beside the folder `x` is the folder's own code.
    let files = [
        ("lib.rs", "mod a;\nmod b;\n"),
        ("a.rs", "mod inner;\npub use self::inner::Inner;\n"),
        ("a/inner.rs", "use crate::b::B;\npub struct Inner(B);\n"),
        ("b.rs", "use crate::a;\npub struct B;\n"),
    ];
    assert_eq!(problem(&files)[0], "a.rs: 3 files import each other:");
}

#[test]
fn a_cycle_through_a_re_export_is_found() {
    // By a module beside them.
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;\n"),
        ("a.rs", "pub use crate::b::B;\n"),
        ("b.rs", "use crate::c::C;\npub struct B(C);\n"),
        ("c.rs", "use crate::a::B;\npub struct C;\nfn f(_: B) {}\n"),
    ];
    assert!(problem(&files).contains(&"c.rs:1: crate::a::B, of b.rs".to_owned()));
    // By the module that they are in, under another name, by a glob, and by two of them.
    for (root, name) in [
        ("pub use self::b::B;", "super::B"),
        ("pub use self::b::B as Z;", "super::Z"),
        ("use self::b::*;", "super::B"),
        ("use self::b::{self as z};", "super::z::B"),
        ("use Y as Z; use self::b::B as Y;", "super::Z"),
    ] {
        let (root, a) = (format!("mod a;\nmod b;\n{root}\n"), format!("use {name} as Name;\npub struct A;\n"));
        let files =
            [("lib.rs", "mod g;\n"), ("g.rs", &root), ("g/a.rs", &a), ("g/b.rs", "use super::a::A;\npub struct B;\n")];
        assert_eq!(problem(&files)[0], "g/a.rs: 2 files import each other:", "{root} {name}");
    }
    // By the glob of the importing module itself.
    let files = [
        ("lib.rs", "mod a;\nmod b;\nuse self::b::B;\n"),
        ("a.rs", "use super::*;\npub struct A(B);\n"),
        ("b.rs", "use super::a::A;\npub struct B;\n"),
    ];
    assert_eq!(problem(&files)[0], "a.rs: 2 files import each other:");
}

#[test]
fn only_names_that_exist_are_followed_through_a_glob() {
    let b = "use super::a::A;\npub struct B;\npub enum Kind { Z }\n";
    for (root, code, is_cycle) in [
        ("use self::b::*;", "fn f(_: B) {}", true),
        ("use self::b::*;", "fn f(_: Kind::Z) {}", true),
        ("use self::b::Kind::Z;", "fn f() { Z; }", true),
        ("use self::b::*;", "fn f(_: String) { m!(x, y.z); }", false),
        ("use self::b::Kind::*;", "fn f(_: String) { String::new(); }", false),
        ("use std::fmt::*;", "fn f(_: B) {}", false),
    ] {
        let (root, a) = (format!("mod a;\nmod b;\n{root}\n"), format!("use super::*;\npub struct A;\n{code}\n"));
        let files = [("lib.rs", "mod g;\n"), ("g.rs", &root), ("g/a.rs", &a), ("g/b.rs", b)];
        assert_eq!(problems(&files).len(), usize::from(is_cycle), "{root} {code}");
    }
}

#[test]
fn a_path_of_another_crate_is_not_one_of_the_module_with_its_name() {
    for (code, count) in [("m!(::a::f());", 0), ("::a::f();", 0), ("m!(a::f());", 1), ("a::f();", 1)] {
        let g = format!("mod a;\npub struct G;\nfn f() {{ {code} }}\n");
        let files = [
            ("lib.rs", "mod c;\nmod g;\n"),
            ("c.rs", "use crate::g::G;\npub struct C;\n"),
            ("g.rs", &g),
            ("g/a.rs", "use crate::c::C;\npub fn f() {}\n"),
        ];
        assert_eq!(problems(&files).len(), count, "{code}");
    }
}

#[test]
fn what_the_root_re_exports_may_close_a_cycle_in_the_published_libraries_only() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\npub use self::a::A;\npub use self::b::B;\n"),
        ("a.rs", "use crate::B;\npub struct A;\n"),
        ("b.rs", "use crate::A;\npub struct B;\n"),
    ];
    assert_eq!(problems(&files).len(), 1);
    assert_eq!(problems_in("crates/facade/src/", &files), NONE);
    let by_module =
        [files[0], ("a.rs", "use crate::b::B;\npub struct A;\n"), ("b.rs", "use crate::a::A;\nstruct B;\n")];
    assert_eq!(problems_in("crates/facade/src/", &by_module).len(), 1);
}

#[test]
fn a_path_in_a_macro_is_an_import() {
    for code in [
        "fn f() { println!(\"{}\", crate::a::VALUE); }",
        "fn f() { m!([(super::a::VALUE)]); }",
        "macro_rules! m { () => { $crate::a::VALUE } }",
        "macro_rules! m { () => { use $crate::a::{VALUE}; } }",
        "macro_rules! m { () => { use crate::{a::{self}, c}; } }",
        "use crate::a; fn f() { m!(a::VALUE); }",
        "fn f() { crate::a::m!(); }",
        "#[serde(with = \"crate::a\")] struct S;",
        "struct S { #[serde(default = \"super::a::value\")] f: u8 }",
        "#[derive(crate::a::Derive)] struct S;",
    ] {
        let b = format!("pub struct B;\n{code}\n");
        let files =
            [("lib.rs", "mod a;\nmod b;\n"), ("a.rs", "use crate::b::B;\npub const VALUE: u8 = 1;\n"), ("b.rs", &b)];
        let problem = problem(&files);
        assert!(
            problem[0] == "a.rs: 2 files import each other:" && problem[2].starts_with("b.rs:2: "),
            "{code} {problem:#?}"
        );
    }
}

#[test]
fn paths_that_import_nothing_close_no_cycle() {
    for code in [
        "/// See [`crate::a::VALUE`].\nfn f() {} // crate::a::VALUE",
        "const S: &str = \"crate::a::VALUE\";",
        "#[doc = \"crate::a::VALUE\"] fn f() {}",
        "fn f() { ::a::f(); m!(::a::f()); x.a::<u8>(); }",
        "use ::a::VALUE;",
        "use a::VALUE;",
        "use a::a as b;",
        "pub(in crate) struct S { pub(crate) f: u8 }",
        "fn f() { let a = 1; m!(a, x.a); }",
    ] {
        let b = format!("pub struct B;\n{code}\n");
        let files =
            [("lib.rs", "mod a;\nmod b;\n"), ("a.rs", "use crate::b::B;\npub const VALUE: u8 = 1;\n"), ("b.rs", &b)];
        assert_eq!(problems(&files), NONE, "{code}");
    }
}

#[test]
fn a_module_may_import_from_those_that_it_is_in() {
    let files = [
        ("lib.rs", "mod g;\npub struct Root;\n"),
        ("g.rs", "mod a;\npub use self::a::A;\npub struct G;\nconst NAME: &str = a::NAME;\n"),
        ("g/a.rs", "use super::G;\nuse crate::Root;\npub struct A(G, Root);\npub const NAME: &str = \"\";\n"),
    ];
    assert_eq!(problems(&files), NONE);
}

#[test]
fn tests_may_import_all() {
    for code in [
        "#[cfg(test)] mod tests { use crate::a::A; }",
        "#[cfg(all(test, unix))] use crate::a::A;",
        "#[cfg(test)] impl B { fn a() -> crate::a::A { A } }",
        "impl B { #[cfg(test)] fn a() -> crate::a::A { A } }",
        "#[test] fn f() { crate::a::f(); }",
        "struct S { #[cfg(test)] f: crate::a::A }",
        "fn f() { #[cfg(test)] let a = crate::a::A; #[cfg(test)] crate::a::m!(); #[cfg(test)] use crate::a::A; }",
        "#[cfg(test)] mod tests;",
    ] {
        let b = format!("pub struct B;\n{code}\n");
        let files = [
            ("lib.rs", "mod a;\nmod b;\n#[cfg(test)]\nmod support;\n"),
            ("a.rs", "use crate::b::B;\npub struct A;\n"),
            ("b.rs", &b),
            ("b/tests.rs", "mod more;\nuse crate::a::A;\n"),
            ("b/tests/more.rs", "use crate::a::A;\nuse super::super::B;\n"),
            ("support.rs", "use crate::a::A;\n"),
        ];
        let problems = problems(&files);
        let is_other = |problem: &&String| !problem.contains("b/tests") || !problem.contains("no `mod` item");
        assert_eq!(problems.iter().find(is_other), None, "{code}");
    }
    let not_test = "#[cfg(not(test))] use crate::a::A;\npub struct B;\n";
    let files = [("lib.rs", "mod a;\nmod b;\n"), ("a.rs", "use crate::b::B;\npub struct A;\n"), ("b.rs", not_test)];
    assert_eq!(problems(&files).len(), 1);
}

#[test]
fn generated_files_are_in_no_cycle() {
    let files = [
        ("lib.rs", "mod a;\nmod generated;\n"),
        ("a.rs", "pub use crate::generated::G;\npub struct A;\n"),
        ("generated/mod.rs", "use crate::a::A;\npub struct G;\n"),
        ("generated/included.rs", "use crate::a::A;\n"),
    ];
    assert_eq!(problems(&files), NONE);
}

#[test]
fn the_library_and_each_program_of_a_package_are_crates_of_their_own() {
    let files = [
        ("lib.rs", "mod a;\n"),
        ("a.rs", "use x::b::B;\n"),
        ("main.rs", "mod b;\nfn main() {}\n"),
        ("b.rs", "use x::a::A;\n"),
        ("bin/c.rs", "#[path = \"../deep/d.rs\"]\nmod d;\nfn main() {}\n"),
        ("deep/d.rs", "mod e;\n"),
        ("deep/e.rs", "use super::super::f;\n"),
    ];
    assert_eq!(problems(&files), NONE);
}

#[test]
fn a_file_that_cannot_be_read_is_missing_or_is_no_module_is_a_problem() {
    let files = [("lib.rs", "mod a;\n"), ("a.rs", "fn (")];
    assert!(problem(&files)[0].starts_with("a.rs: reading the file as Rust: "));
    assert_eq!(problem(&[("lib.rs", "mod a;\nmod b;\n"), ("a.rs", "")]), ["lib.rs: the module b has no file"]);
    let path = "#[path = \"there.rs\"] mod a;\n";
    assert_eq!(problem(&[("lib.rs", path)]), ["there.rs: the file of a module is missing"]);
    assert_eq!(problem(&[("lib.rs", ""), ("a.rs", "")]), ["a.rs: no `mod` item leads to it"]);
}

#[test]
fn only_the_sources_of_packages_are_crates() {
    let cycle = [("a.rs", "use crate::b::B;\n"), ("b.rs", "use crate::a::A;\n"), ("lib.rs", "mod a;\nmod b;\n")];
    for folder in ["crates/x/src/", "xtask/src/", "codegen/src/"] {
        assert_eq!(problems_in(folder, &cycle).len(), 1, "{folder}");
    }
    for folder in ["crates/x/tests/", "crates/x/tests/data/src/", "docs/src/", "xtask/tests/data/src/"] {
        assert_eq!(problems_in(folder, &cycle), NONE, "{folder}");
    }
}

const LONG: &str = "//! Widgets.\n";

#[test]
fn a_function_of_too_many_lines_is_named_and_its_documentation_is_not_counted() {
    let body = |lines: usize| "    f();\n".repeat(lines);
    for (before, after) in [
        ("/// Documented.\n/// Twice.\n#[inline]\npub fn long() {\n", "}\n"),
        ("impl A { async fn long() {\n", "} }\n"),
        ("trait A { fn long() {\n", "} }\n"),
        ("mod a { fn long() {\n", "} }\n"),
        ("fn short() {} fn long() {\n", "}\n"),
    ] {
        assert_eq!(problems(&[("lib.rs", &format!("{before}{}{after}", body(58)))]), NONE);
        let problem = problem(&[("lib.rs", &format!("{before}{}{after}", body(59)))]);
        assert!(problem[0].ends_with("the function long has 61 lines, at most 60"), "{problem:?}");
    }
    let test = format!("#[cfg(test)] mod tests {{ fn f() {{\n{}}} }}\n#[test] fn f() {{\n{0}}}\n", body(70));
    assert_eq!(problems(&[("lib.rs", &test)]), NONE);
    let generated = format!("fn f() {{\n{}}}\n", body(70));
    assert_eq!(problems(&[("lib.rs", "mod generated;"), ("generated/mod.rs", &generated)]), NONE);
    assert_eq!(problems_in("codegen/src/", &[("lib.rs", &generated)]), NONE);
}

#[test]
fn a_file_of_the_emulator_has_fewer_lines_than_those_of_others() {
    let text = |lines: usize| LONG.repeat(lines);
    let folder = "crates/webhook/src/";
    assert_eq!(problems_in(folder, &[("lib.rs", &text(450))]), NONE);
    let problems = problems_in(folder, &[("lib.rs", &text(451))]);
    assert_eq!(problems, ["crates/webhook/src/lib.rs: 451 lines, at most 450"]);
    let with_tests = [("lib.rs", "#[cfg(test)]\nmod tests;\n"), ("tests.rs", &text(451))];
    assert_eq!(problems_in(folder, &with_tests), NONE);
    assert_eq!(problems_in("crates/x/src/", &[("lib.rs", &text(451))]), NONE);
}

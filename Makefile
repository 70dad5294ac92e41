# `make` tells what there is.
.DEFAULT_GOAL := help
PROFILE ?= release
OUT ?= out/demo
CORPUS ?= ../shared

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Convert the samples and say where to look
	@cargo run --locked --quiet --profile $(PROFILE) -- convert samples --out $(OUT) --force
	@echo "Look at:"
	@echo "  $(OUT)/scrutiny-panel/pack.md            a whole agenda pack as Markdown"
	@echo "  $(OUT)/scrutiny-panel/pack.json          the same with sections, agenda, boxes, issues"
	@echo "  $(OUT)/scrutiny-panel/observations.csv   every figure of its tables, tidy"
	@echo "  cargo run -- inspect samples/scrutiny-panel.pdf --page 28 > page.svg"

build: ## Build the program: target/release/agendapack
	cargo build --locked --release

test: ## Run all tests (those on the corpus where ../shared is there)
	cargo test --locked

check: ## Formatting, lints and docs, warnings denied
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

bench: ## Time the stages, the whole against other programs, and the cost a page of long packs
	cargo bench --locked --bench stages
	cargo build --locked --release
	python3 benches/compare.py $(or $(CARGO_TARGET_DIR),target)/release/agendapack $(CORPUS)
	@if command -v tesseract >/dev/null && command -v pdftoppm >/dev/null && [ -d $(CORPUS)/corpus/scans ]; then \
		python3 benches/ocr.py $(or $(CARGO_TARGET_DIR),target)/release/agendapack $(CORPUS)/corpus/scans; fi
	python3 benches/scale.py $(or $(CARGO_TARGET_DIR),target)/release/agendapack

quality: ## Print the corpus figures beside the best peers' (needs ../shared)
	@test -d $(CORPUS)/eval || { echo "no $(CORPUS)/eval: nothing to measure against"; exit 1; }
	cargo build --locked --release
	BIN=$(or $(CARGO_TARGET_DIR),target)/release/agendapack $(CORPUS)/eval/run.sh

soak: ## Leave the program alone with 5,000 packs, kill it, and look what became of it
	cargo build --locked --release
	python3 tests/soak.py $(or $(CARGO_TARGET_DIR),target)/release/agendapack

ocr-deps: ## Install tesseract with English, Welsh and orientation data (Debian, Ubuntu, macOS)
	@if command -v tesseract >/dev/null; then tesseract --version 2>&1 | head -1; \
	elif command -v apt-get >/dev/null; then \
		$$([ "$$(id -u)" = 0 ] || echo sudo) apt-get install -y tesseract-ocr tesseract-ocr-eng tesseract-ocr-cym tesseract-ocr-osd; \
	elif command -v brew >/dev/null; then brew install tesseract tesseract-lang; \
	else echo "install tesseract 4 or later with the data eng and osd, so that it is on the PATH"; exit 1; fi

fuzz: ## Fuzz the conversion for a minute (needs cargo-fuzz and a nightly toolchain)
	@cargo fuzz --version >/dev/null 2>&1 || { echo "install first: cargo install cargo-fuzz && rustup toolchain install nightly"; exit 1; }
	mkdir -p fuzz/corpus/convert && cp -n samples/minutes.pdf tests/golden/*/input.pdf fuzz/corpus/convert/ || true
	cargo +nightly fuzz run convert -- -max_total_time=60 -rss_limit_mb=2048

clean: ## Remove what was built and converted
	cargo clean
	rm -rf out

.PHONY: help demo build test check bench quality soak ocr-deps fuzz clean

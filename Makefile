.DEFAULT_GOAL := help
.PHONY: help run build test lint format bench fuzz clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

run: ## Build and run vitals, with private PostgreSQL and Redis servers unless DATABASE_URL and REDIS_URL are set
	@scripts/run

build: ## Build the release binary: .build/release/vitals
	@scripts/install-dependencies build
	swift build --configuration release --static-swift-stdlib --product vitals

test: ## Lint, build, run all tests, then those without servers under both sanitizers
	@scripts/test

lint: ## Check formatting and scripts
	@scripts/lint

format: ## Format the source, then lint
	@scripts/lint --fix

bench: ## Measure vitals beside its peers: takes a while
	@scripts/bench

fuzz: ## Fuzz the parsers
	@scripts/fuzz

clean: ## Delete everything that was built
	rm -rf .build .build-*

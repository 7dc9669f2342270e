.DEFAULT_GOAL := help
.PHONY: help run build test lint format bench fuzz clean dev init deploy update scale rollback status monitor check logs \
  db-shell migrate backup restore cleanup docs

# The program: of this checkout where it was built, else the installed one. ARGS go to it: make scale ARGS="web=5".
VITALS ?= $(firstword $(wildcard .build/release/vitals) vitals)

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 16

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

dev: ## Everything on this machine: a swarm of engines in namespaces, with the stack
	@scripts/dev

init: ## Make what the stack needs: swarm, network, secrets, labels
	@$(VITALS) init $(ARGS)

deploy: ## Deploy the stack and wait for it
	@$(VITALS) deploy $(ARGS)

update: ## Update services: make update ARGS="web --image pilito:2"
	@$(VITALS) update $(ARGS)

scale: ## Change the number of replicas: make scale ARGS="web=5"
	@$(VITALS) scale $(ARGS)

rollback: ## Go back to the previous version: make rollback ARGS=web
	@$(VITALS) rollback $(ARGS)

status: ## One screen: managers, nodes, services
	@$(VITALS) status $(ARGS)

monitor: ## The same, live
	@$(VITALS) monitor $(ARGS)

check: ## Score the stack's health, with reasons
	@$(VITALS) check $(ARGS)

logs: ## What services write: make logs ARGS="web --follow"
	@$(VITALS) logs $(ARGS)

db-shell: ## psql in the container of PostgreSQL, on its node
	@docker exec -it "$$(docker ps -q -f label=com.docker.swarm.service.name=pilito_postgres)" psql -U pilito pilito

migrate: ## Run the application's migrations
	@$(VITALS) run web -- python manage.py migrate $(ARGS)

backup: ## Databases and the swarm's objects, into one file
	@$(VITALS) backup $(ARGS)

restore: ## Bring a backup back: make restore ARGS=FILE
	@$(VITALS) restore $(ARGS)

cleanup: ## Remove what no service needs any more
	@$(VITALS) cleanup $(ARGS)

docs: ## Make man pages and shell completion in .build/docs
	@scripts/manual

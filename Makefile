# make run   opens Postkey on the practice tenant; without a display it tests the whole path in the terminal
# make test  runs every test
# make lint  looks for what needs no test to be seen
# All three install what they need on Debian and Ubuntu first, and say what.
# CONTRIBUTING.md has the other targets.

VERSION := $(shell internal/packaging/version.sh)
FUZZTIME ?= 30s

# Where git cannot be asked, the build goes on without the commit in it.
ifneq ($(shell git rev-parse HEAD >/dev/null 2>&1 && echo yes),yes)
export GOFLAGS := $(GOFLAGS) -buildvcs=false
endif

.PHONY: run test build lint fuzz bench screenshots package package-mac package-twice test-linux test-windows clean

run:
	@internal/setup/install.sh run
	@$(MAKE) --no-print-directory build
	@internal/setup/run.sh build/postkey

test:
	@internal/setup/install.sh test
	@internal/setup/test.sh $(TESTFLAGS)

build:
	@echo "Building build/postkey; the first time takes some minutes."
	@go build -ldflags "-X main.version=$(VERSION)" -o build/postkey .

lint:
	@internal/setup/install.sh run
	@internal/setup/lint.sh

fuzz:
	@internal/setup/fuzz.sh $(FUZZTIME)

bench:
	@internal/setup/install.sh test
	@internal/setup/bench.sh $(BENCHFLAGS)

screenshots:
	@internal/setup/install.sh test
	@internal/setup/screenshots.sh

# The packages for Windows and Linux, out of the last commit, into build/package/dist.
package:
	@internal/setup/install.sh package
	@internal/packaging/package.sh

# On a Mac: the .app and the .dmg.
package-mac:
	@internal/packaging/mac/package.sh

# Makes the packages in two places and compares them byte by byte.
package-twice:
	@internal/setup/install.sh package
	@internal/packaging/twice.sh

# Installs, starts and removes the packages for Linux in a bare Debian; needs root.
test-linux:
	@internal/setup/install.sh linux
	@internal/packaging/linux/test.sh

# Walks the program for Windows under Wine.
test-windows:
	@internal/setup/install.sh windows
	@internal/packaging/windows/test.sh

clean:
	rm -rf build

package e2e

import (
	"os"
	"testing"

	"postkey/internal/e2e/program"
)

// isChild does the work of another process and reports whether this is one; set
// where there are any.
var isChild = func() bool { return false }

func TestMain(m *testing.M) {
	if isChild() {
		return
	}
	status := m.Run()
	program.Clean()
	os.Exit(status)
}

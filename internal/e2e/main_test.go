package e2e

import (
	"os"
	"testing"

	"postkey/internal/e2e/program"
)

func TestMain(m *testing.M) {
	status := m.Run()
	program.Clean()
	os.Exit(status)
}

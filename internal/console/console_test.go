package console

import (
	"strings"
	"testing"
)

func TestAsks(t *testing.T) {
	for line, want := range map[string][2]bool{ // without and with the secret in the environment
		"":                        {false, false},
		"check":                   {false, false},
		"version --graphics":      {false, false},
		"connect":                 {true, true},
		"--data D connect":        {true, true},
		"connect --json":          {false, false},
		"connect --help":          {false, false},
		"connect --import a.json": {true, false},
		"connect --import=a.json": {true, false},
		"rotate Support":          {true, false},
		"rotate --practice":       {false, false},
	} {
		args := strings.Fields(line)
		for i, value := range []string{"", "secret"} {
			if got := Asks(args, func(string) string { return value }); got != want[i] {
				t.Errorf("%q with the secret %q: %t", line, value, got)
			}
		}
	}
}

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
		"rotate Support --paste":  {true, true}, // what a script printed is typed or pasted
		"rotate --paste --json S": {false, false},
		// Without a text explain reads one; with one it reads nothing.
		"explain":                        {true, true},
		"--debug explain --data D":       {true, true},
		"explain AADSTS50011":            {false, false},
		"explain --debug cannot connect": {false, false},
		"explain -ERR":                   {false, false},
		"check connect":                  {false, false},
		"check explain":                  {false, false},
		"--import=rotate.json":           {false, false},
		"--import rotate":                {false, false},
		"--data connect check":           {false, false},
		"preflight rotate":               {false, false},
	} {
		args := strings.Fields(line)
		for i, value := range []string{"", "secret"} {
			if got := Asks(args, func(string) string { return value }); got != want[i] {
				t.Errorf("%q with the secret %q: %t", line, value, got)
			}
		}
	}
}

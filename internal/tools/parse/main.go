// Parse reads the TOML and desktop files named on its command line and says
// what is wrong with them, one line each. Its exit status is 1 when something is.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"
)

func main() {
	status := 0
	for _, path := range os.Args[1:] {
		if err := parse(path); err != nil {
			fmt.Printf("%s: %v\n", path, err)
			status = 1
		}
	}
	os.Exit(status)
}

func parse(path string) error {
	if filepath.Ext(path) == ".desktop" {
		return parseDesktop(path)
	}
	var any map[string]any
	_, err := toml.DecodeFile(path, &any)
	return err
}

// parseDesktop checks what the Desktop Entry Specification 1.5 asks of an
// application: groups of key=value lines, each key once, and the keys without
// which no desktop shows it.
func parseDesktop(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	group, keys := "", map[string]string{}
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), " \t")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			if !strings.HasSuffix(line, "]") {
				return fmt.Errorf("line %d: a group without its closing bracket", n)
			}
			group = line[1 : len(line)-1]
		default:
			key, value, ok := strings.Cut(line, "=")
			key = group + "/" + strings.TrimSpace(key)
			if _, twice := keys[key]; !ok || group == "" || twice {
				return fmt.Errorf("line %d: neither a comment, a group nor a new key=value within a group", n)
			}
			keys[key] = strings.TrimSpace(value)
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	for _, key := range []string{"Type", "Name", "Exec"} {
		if keys["Desktop Entry/"+key] == "" {
			return errors.New("[Desktop Entry] lacks " + key)
		}
	}
	if kind := keys["Desktop Entry/Type"]; kind != "Application" {
		return errors.New("Type is " + kind + ", not Application")
	}
	return nil
}

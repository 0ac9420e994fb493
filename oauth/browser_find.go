package oauth

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// FindBrowser returns the program with which OpenBrowser would begin, and opens
// nothing. The error wraps ErrBrowser.
func FindBrowser() (string, error) {
	for _, command := range browserCommands(runtime.GOOS, os.Getenv, "https://localhost/") {
		if path, err := exec.LookPath(command[0]); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: none was found on this system", ErrBrowser)
}

package store

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"testing"

	"github.com/zalando/go-keyring"
)

type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit status %d", int(e)) }
func (e exitCode) ExitCode() int { return int(e) }

func TestKeyringCause(t *testing.T) {
	odd := errors.New("odd")
	for _, c := range []struct {
		goos string
		err  error
		want error // nil: the error as it is
	}{
		{"windows", keyring.ErrSetDataTooBig, ErrKeyringFull},
		{"windows", syscall.Errno(1312), ErrKeyringMissing},
		{"windows", fmt.Errorf("wrapped: %w", syscall.Errno(1783)), ErrKeyringFull},
		{"windows", syscall.Errno(5), nil},
		{"windows", odd, nil},
		{"darwin", exitCode(36), ErrKeyringLocked},
		{"darwin", exitCode(128), ErrKeyringLocked},
		{"darwin", exitCode(50), ErrKeyringMissing},
		{"darwin", exitCode(1), nil},
		{"darwin", &exec.Error{Name: "/usr/bin/security", Err: exec.ErrNotFound}, ErrKeyringMissing},
		{"linux", keyring.ErrUnsupportedPlatform, ErrKeyringMissing},
		{"linux", fmt.Errorf("%w: before", ErrKeyringLocked), ErrKeyringLocked},
		{"linux", odd, nil},
	} {
		got := keyringCause(c.goos, c.err)
		if !errors.Is(got, c.err) {
			t.Errorf("%s %v: the system's own error is lost: %v", c.goos, c.err, got)
		}
		for _, cause := range []error{ErrKeyringFull, ErrKeyringLocked, ErrKeyringMissing} {
			if errors.Is(got, cause) != (c.want == cause) {
				t.Errorf("%s %v: %v, want %v", c.goos, c.err, got, c.want)
			}
		}
	}
	// What go-keyring says when there is no item is not an error of the keyring.
	if err := explainKeyring(keyring.ErrNotFound); !errors.Is(err, errNoItem) {
		t.Error(err)
	}
}

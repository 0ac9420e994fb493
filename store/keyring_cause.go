package store

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"

	"github.com/zalando/go-keyring"
)

// keyringCause wraps a system's error into ErrKeyringMissing, ErrKeyringLocked
// or ErrKeyringFull where the cause is known, and leaves it as it is otherwise.
func keyringCause(goos string, err error) error {
	switch {
	case errors.Is(err, ErrKeyringMissing), errors.Is(err, ErrKeyringLocked), errors.Is(err, ErrKeyringFull):
		return err
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return fmt.Errorf("%w: %w", ErrKeyringFull, err)
	case errors.Is(err, keyring.ErrUnsupportedPlatform), errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%w: %w", ErrKeyringMissing, err)
	}
	var cause error
	switch goos {
	case "windows":
		var code syscall.Errno
		if errors.As(err, &code) {
			cause = windowsErrors[code]
		}
	case "darwin":
		var exit interface{ ExitCode() int }
		if errors.As(err, &exit) {
			cause = darwinErrors[exit.ExitCode()]
		}
	default:
		return sessionCause(err)
	}
	if cause == nil {
		return err
	}
	return fmt.Errorf("%w: %w", cause, err)
}

// windowsErrors are system error codes of the Credential Manager (Microsoft
// Learn: CredWriteW function, System error codes). go-keyring's issue with
// values above 2,560 bytes shows as 1783.
var windowsErrors = map[syscall.Errno]error{
	1058: ErrKeyringMissing, // ERROR_SERVICE_DISABLED
	1312: ErrKeyringMissing, // ERROR_NO_SUCH_LOGON_SESSION: a network logon has no credential set
	1722: ErrKeyringMissing, // RPC_S_SERVER_UNAVAILABLE: the service does not run
	1783: ErrKeyringFull,    // RPC_X_BAD_STUB_DATA
	1816: ErrKeyringFull,    // ERROR_NOT_ENOUGH_QUOTA
}

// darwinErrors are exit codes of macOS' security command: the lowest byte of
// the status that the keychain returned (SecBase.h).
var darwinErrors = map[int]error{
	36:  ErrKeyringLocked,  // errSecInteractionNotAllowed, -25308
	37:  ErrKeyringMissing, // errSecNoDefaultKeychain, -25307
	50:  ErrKeyringMissing, // errSecNoSuchKeychain, -25294
	51:  ErrKeyringLocked,  // errSecAuthFailed, -25293
	128: ErrKeyringLocked,  // errSecUserCanceled, -128
}

package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
)

// secretVariable is the environment variable that holds the client secret for a script.
const secretVariable = "POSTKEY_CLIENT_SECRET"

// Environment returns the environment as Program.Getenv wants it, and takes the
// client secret out of that which other programs get: the browser that is opened
// for a sign-in would keep it as long as it runs, and write it into its own crash
// reports.
func Environment() func(name string) string {
	secret := os.Getenv(secretVariable)
	_ = os.Unsetenv(secretVariable) // fails for an empty name alone
	return func(name string) string {
		if name == secretVariable {
			return secret
		}
		return os.Getenv(name)
	}
}

// surviving keeps Unix from ending the process when standard output is a pipe
// that nobody reads any more: a sign-in or rotation that is under way goes on.
// Other programs that are started get SIGPIPE as ever.
func surviving() (stop func()) {
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, syscall.SIGPIPE)
	return func() { signal.Stop(ignored) }
}

// output is standard output, and remembers the first write that failed: a full
// disk behind it must not look like a success. Where there is no standard output
// at all nobody wants to read it, and nothing fails.
type output struct {
	to  io.Writer
	mu  sync.Mutex
	err error
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.to.Write(p)
	if err != nil && isNone(err) {
		return len(p), nil
	}
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// isNone reports whether a write failed because there is nothing to write to.
// Windows gives no standard output to a graphical program without a console, such
// as one that Task Scheduler starts, and calls it ERROR_INVALID_HANDLE.
func isNone(err error) bool {
	const invalidHandle = syscall.Errno(6)
	return errors.Is(err, os.ErrInvalid) || errors.Is(err, syscall.EBADF) ||
		runtime.GOOS == "windows" && errors.Is(err, invalidHandle)
}

func (o *output) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// encode prints the one object of --json. What fails is kept by output.
func encode(w io.Writer, value any) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(value)
}

// unlessCancelled returns what read returns, or ends when ctx does: a read from
// a terminal or a pipe cannot be cancelled, and then ends with the process.
func unlessCancelled[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		value, err := read()
		answered <- answer{value, err}
	}()
	select {
	case a := <-answered:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, cancelled()
	}
}

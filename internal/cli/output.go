package cli

import (
	"context"
	"encoding/json"
	"io"
	"sync"
)

// output is standard output, and remembers the first write that failed: a full
// disk behind it must not look like a success. Where it is a pipe that nobody
// reads any more, Unix has ended the process before.
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
	if o.err == nil {
		o.err = err
	}
	return n, err
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

package oauth

import (
	"context"
	"fmt"
	"net"
)

// portAttempts is how many ports are tried until one is free on both addresses.
const portAttempts = 20

// loopback is one port on 127.0.0.1 and on [::1]: the browser may take localhost
// for either.
type loopback struct {
	listeners []net.Listener
	port      string
}

func (l loopback) close() {
	for _, listener := range l.listeners {
		_ = listener.Close()
	}
}

// ListenFunc is what the Listen of a net.ListenConfig is.
type ListenFunc func(ctx context.Context, network, address string) (net.Listener, error)

// listen finds the port. On a machine without one of the two addresses the
// other suffices.
func listen(ctx context.Context, open ListenFunc) (loopback, error) {
	var last error
	for range portAttempts {
		if err := ctx.Err(); err != nil {
			return loopback{}, err
		}
		l, err := listenOnce(ctx, open)
		if err == nil {
			return l, nil
		}
		last = err
	}
	return loopback{}, fmt.Errorf("%w: %w", ErrPort, last)
}

func listenOnce(ctx context.Context, open ListenFunc) (loopback, error) {
	first, err := open(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		only, other := open(ctx, "tcp6", "[::1]:0")
		if other != nil {
			return loopback{}, err
		}
		return loopback{[]net.Listener{only}, portOf(only)}, nil
	}
	port := portOf(first)
	second, err := open(ctx, "tcp6", "[::1]:"+port)
	if err == nil {
		return loopback{[]net.Listener{first, second}, port}, nil
	}
	// Taken, or no IPv6 at all? The error differs from system to system, a second
	// attempt on any port tells.
	probe, other := open(ctx, "tcp6", "[::1]:0")
	if other != nil {
		return loopback{[]net.Listener{first}, port}, nil
	}
	_ = probe.Close()
	_ = first.Close()
	return loopback{}, err
}

func portOf(l net.Listener) string {
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

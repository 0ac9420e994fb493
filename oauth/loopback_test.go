package oauth

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
)

func TestListen(t *testing.T) {
	taken, absent := errors.New("address in use"), errors.New("cannot assign requested address")
	real := new(net.ListenConfig).Listen
	// without makes a machine that lacks the addresses of a network.
	without := func(networks ...string) ListenFunc {
		return func(ctx context.Context, network, address string) (net.Listener, error) {
			for _, n := range networks {
				if n == network {
					return nil, absent
				}
			}
			return real(ctx, "tcp4", strings.Replace(address, "[::1]", "127.0.0.1", 1))
		}
	}
	// busy makes a machine where the port of the first address is taken on the
	// second, so many times.
	busy := func(times int) ListenFunc {
		return func(ctx context.Context, network, address string) (net.Listener, error) {
			if network == "tcp6" {
				if !strings.HasSuffix(address, ":0") {
					if times--; times >= 0 {
						return nil, taken
					}
				}
				address = "127.0.0.1:0" // any listener will do
			}
			return real(ctx, "tcp4", address)
		}
	}
	for name, c := range map[string]struct {
		open      ListenFunc
		listeners int
		err       error
	}{
		"no IPv6":           {without("tcp6"), 1, nil},
		"no IPv4":           {without("tcp4"), 1, nil},
		"no loopback":       {without("tcp4", "tcp6"), 0, absent},
		"taken three times": {busy(3), 2, nil},
		"always taken":      {busy(portAttempts), 0, taken},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := listen(t.Context(), c.open)
			defer got.close()
			if len(got.listeners) != c.listeners || !errors.Is(err, c.err) || (c.err != nil) != errors.Is(err, ErrPort) {
				t.Errorf("%d listeners, %v", len(got.listeners), err)
			}
			if err == nil && got.port != portOf(got.listeners[0]) {
				t.Errorf("port %s", got.port)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := listen(ctx, real); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

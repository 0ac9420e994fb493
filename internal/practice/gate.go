package practice

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// gate is one port on 127.0.0.1 and, where the machine has IPv6, on ::1. It is
// the net.Listener of one server; the faults that concern whole connections
// happen here.
type gate struct {
	tenant    *Tenant
	port      int
	mail      bool // a mail server's port
	listeners []net.Listener
	accepted  chan net.Conn
	closed    chan struct{}
	closing   sync.Once
	running   sync.WaitGroup // accept loops and deaf connections

	mu    sync.Mutex
	left  *sync.Cond
	conns map[*gateConn]struct{}
}

// openGate listens on port, or on a free one that both addresses have.
func openGate(port int, mail bool, t *Tenant) (*gate, error) {
	g := &gate{
		tenant: t, mail: mail,
		accepted: make(chan net.Conn), closed: make(chan struct{}),
		conns: make(map[*gateConn]struct{}),
	}
	g.left = sync.NewCond(&g.mu)
	var err error
	for range 20 { // a port that is free on one address may be taken on the other
		if g.port, err = g.listen(port); err == nil || port != 0 {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	for _, l := range g.listeners {
		g.running.Go(func() { g.acceptFrom(l) })
	}
	return g, nil
}

// listen opens the port on both addresses, a free one for 0, and returns it.
func (g *gate) listen(port int) (int, error) {
	four, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return port, err
	}
	port = four.Addr().(*net.TCPAddr).Port
	six, err := net.Listen("tcp6", net.JoinHostPort("::1", strconv.Itoa(port)))
	switch {
	case err == nil:
		g.listeners = []net.Listener{four, six}
	case errors.Is(err, syscall.EADDRINUSE):
		return port, errors.Join(fmt.Errorf("port %d is taken on ::1: %w", port, err), four.Close())
	default: // no IPv6 on this machine
		g.listeners = []net.Listener{four}
	}
	return port, nil
}

func (g *gate) acceptFrom(l net.Listener) {
	for {
		raw, err := l.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) { // by Close or by shut
				return
			}
			select {
			case <-g.closed:
				return
			case <-time.After(5 * time.Millisecond): // such as too many open files
				continue
			}
		}
		c := &gateConn{Conn: raw, gate: g}
		g.mu.Lock()
		g.conns[c] = struct{}{}
		g.mu.Unlock()
		if g.mail && g.refuses(c) {
			continue
		}
		select {
		case g.accepted <- c:
		case <-g.closed:
			_ = c.Close()
		}
	}
}

// refuses keeps the connection from its server when a fault says so.
func (g *gate) refuses(c *gateConn) bool {
	switch {
	case g.tenant.broken(FaultSilent):
	case g.tenant.broken(FaultGarbage):
		if _, err := io.WriteString(c.Conn, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"); err != nil {
			_ = c.Close()
			return true
		}
	default:
		return false
	}
	g.running.Go(func() {
		_, _ = io.Copy(io.Discard, c.Conn) // listens for ever and never answers
		_ = c.Close()
	})
	return true
}

// Accept waits for the next connection.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case c := <-g.accepted:
		return c, nil
	case <-g.closed:
		return nil, net.ErrClosed
	}
}

// Addr is the IPv4 address.
func (g *gate) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: g.port} }

// shut stops listening, so that nothing answers on the port, until reopen.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, l := range g.listeners {
		_ = l.Close()
	}
}

// reopen listens again. Should the port be taken meanwhile, the gate stays shut.
func (g *gate) reopen() {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.closed:
		return
	default:
	}
	if _, err := g.listen(g.port); err != nil {
		g.tenant.log.Error("practice port cannot be opened again", "port", g.port, "err", err)
		return
	}
	for _, l := range g.listeners {
		g.running.Go(func() { g.acceptFrom(l) })
	}
}

// Close stops listening. Connections go on until hangUp.
func (g *gate) Close() error {
	var err error
	g.closing.Do(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		close(g.closed)
		for _, l := range g.listeners {
			if e := l.Close(); !errors.Is(e, net.ErrClosed) { // shut already
				err = errors.Join(err, e)
			}
		}
	})
	return err
}

// hangUp closes the network connections under their servers.
func (g *gate) hangUp() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.conns {
		_ = c.Conn.Close()
	}
}

// wait returns when every server has let go of its connections.
func (g *gate) wait() {
	g.running.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.conns) > 0 {
		g.left.Wait()
	}
}

// gateConn is a connection that its gate knows of.
type gateConn struct {
	net.Conn
	gate *gate
}

// Write sends b, later under FaultSlow.
func (c *gateConn) Write(b []byte) (int, error) {
	t := c.gate.tenant
	if c.gate.mail && t.broken(FaultSlow) {
		select {
		case <-time.After(t.opts.SlowBy):
		case <-t.done:
			return 0, net.ErrClosed
		}
	}
	return c.Conn.Write(b)
}

// Close is called by the server that is done with the connection.
func (c *gateConn) Close() error {
	err := c.Conn.Close()
	c.gate.mu.Lock()
	delete(c.gate.conns, c)
	c.gate.left.Broadcast()
	c.gate.mu.Unlock()
	return err
}

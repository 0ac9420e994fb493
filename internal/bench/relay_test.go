package bench

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// relay is a link with a round trip of its own before a server on loopback: each
// direction is late by half of it, and the throughput is not limited.
//
// The kernel accepts on loopback at once, whereas on a real link connecting
// takes a round trip too. So the relay reaches the server one and a half round
// trips after it was dialled (SYN, SYN-ACK, ACK); what a client gets from then
// on, it gets when a real link would have brought it.
type relay struct {
	listener net.Listener
	server   string
	trip     time.Duration
	running  sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool // nil once closed
}

// newRelay listens on loopback in front of server, host:port.
func newRelay(server string, trip time.Duration) (*relay, error) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return nil, err
	}
	r := &relay{listener: l, server: server, trip: trip, conns: map[net.Conn]bool{}}
	r.running.Go(r.accept)
	return r, nil
}

// address is where to connect instead of the server.
func (r *relay) address() string {
	_, port, _ := net.SplitHostPort(r.listener.Addr().String())
	return net.JoinHostPort("localhost", port)
}

func (r *relay) close() {
	_ = r.listener.Close()
	r.mu.Lock()
	for c := range r.conns {
		_ = c.Close()
	}
	r.conns = nil
	r.mu.Unlock()
	r.running.Wait()
}

// keep has close close c; it reports false, with c closed, when it is too late.
func (r *relay) keep(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conns == nil {
		_ = c.Close()
		return false
	}
	r.conns[c] = true
	return true
}

func (r *relay) accept() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		dialled := time.Now()
		if !r.keep(client) {
			return
		}
		r.running.Go(func() { r.carry(client, dialled) })
	}
}

// carry joins a client to the server until either hangs up.
func (r *relay) carry(client net.Conn, dialled time.Time) {
	defer client.Close()
	sent := newPipe(r.trip / 2)
	r.running.Go(func() { sent.fill(client) }) // what a client sends at once travels already
	time.Sleep(time.Until(dialled.Add(r.trip * 3 / 2)))
	server, err := net.Dial("tcp", r.server)
	if err != nil || !r.keep(server) {
		return
	}
	defer server.Close()
	answered := newPipe(r.trip / 2)
	r.running.Go(func() { answered.fill(server) })
	var both sync.WaitGroup
	both.Go(func() { sent.drain(server) })
	both.Go(func() { answered.drain(client) })
	both.Wait()
}

// pipe holds what is on its way in one direction.
type pipe struct {
	late time.Duration
	on   chan parcel
}

// parcel is something sent; an empty one is the end.
type parcel struct {
	data []byte
	due  time.Time
}

func newPipe(late time.Duration) *pipe { return &pipe{late, make(chan parcel, 1024)} }

func (p *pipe) fill(from net.Conn) {
	defer close(p.on)
	for {
		data := make([]byte, 16<<10)
		n, err := from.Read(data)
		if n > 0 {
			p.on <- parcel{data[:n], time.Now().Add(p.late)}
		}
		if err != nil {
			return
		}
	}
}

// drain hands over what is due, and the end after it.
func (p *pipe) drain(to net.Conn) {
	for one := range p.on {
		time.Sleep(time.Until(one.due))
		if _, err := to.Write(one.data); err != nil && !errors.Is(err, io.EOF) {
			break
		}
	}
	if tcp, ok := to.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
	for range p.on { // what nobody takes any more
	}
}

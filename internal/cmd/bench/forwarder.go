package main

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// forwarder makes a server on loopback appear to be a round trip away to clients
// that connect to the forwarder instead:
//
//   - Every byte arrives half a round trip after it was sent, in either direction.
//     Any number of bytes can be under way: nothing is throttled or reordered.
//   - Opening a connection takes a round trip. Loopback accepts at once, so nothing
//     that the client sends sets out until a round trip later, when a distant
//     server's SYN-ACK would have reached the client.
//
// A TLS 1.3 handshake therefore takes another round trip, and so does each request
// that waits for an earlier one. Limited bandwidth, lost packets and TCP's slow
// start, which delays answers of more than about 14 KB, are not modelled.
type forwarder struct {
	net.Listener
	roundTrip   time.Duration
	meter       *meter
	connections atomic.Int32 // opened so far
}

// forward starts a forwarder to a server. Closing it leaves its connections open.
func forward(ctx context.Context, server string, roundTrip time.Duration, meter *meter) (*forwarder, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &forwarder{Listener: listener, roundTrip: roundTrip, meter: meter}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			f.connections.Add(1)
			conn, err := new(net.Dialer).DialContext(ctx, "tcp4", server)
			if err != nil {
				client.Close()
				continue
			}
			go f.join(client, conn)
		}
	}()
	return f, nil
}

// join passes on what client and server send each other until both have ended.
func (f *forwarder) join(client, server net.Conn) {
	oneWay := f.roundTrip / 2
	accepted := time.Now()
	established := accepted.Add(f.roundTrip)
	f.meter.add(accepted, established, false)
	var gone atomic.Bool // whether the client has closed the connection
	go func() {
		defer server.Close()
		relay(server, client, func(now time.Time, end bool) (due time.Time) {
			due = later(now, established).Add(oneWay)
			f.meter.add(now, due, false)
			gone.Store(end)
			return due
		})
	}()
	defer client.Close()
	relay(client, server, func(now time.Time, _ bool) (due time.Time) {
		due = now.Add(oneWay)
		if !gone.Load() {
			f.meter.add(now, due, true)
		}
		return due
	})
}

// relay copies src to dst, each piece when it is due, and returns when the end of
// src is due.
func relay(dst io.Writer, src io.Reader, setOut func(now time.Time, end bool) (due time.Time)) {
	type piece struct {
		data []byte
		due  time.Time
	}
	underway := make(chan piece, 1<<12) // enough that reading never waits for writing
	go func() {
		defer close(underway)
		for end := false; !end; {
			buffer := make([]byte, 16<<10)
			n, err := src.Read(buffer)
			end = err != nil
			underway <- piece{buffer[:n], setOut(time.Now(), end)}
		}
	}()
	for p := range underway {
		<-time.After(time.Until(p.due))
		_, _ = dst.Write(p.data) // Once the other side has gone, src ends too.
	}
}

// meter measures how long a client waits for the network: the time during which
// anything is under way, in either direction and on any connection, up to the last
// arrival at the client. It leaves out the time that client and server spend
// computing, and counts when things are due rather than when a busy machine gets to
// deliver them. That makes it nearly the same in every run.
type meter struct {
	mu     sync.Mutex
	until  time.Time     // when everything that is under way will have arrived
	total  time.Duration // for which something is under way until then
	waited time.Duration // the part of total up to the last arrival at the client
}

// add records something that sets out now and arrives when it is due.
func (m *meter) add(now, due time.Time, toClient bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if from := later(now, m.until); due.After(from) {
		m.total += due.Sub(from)
		m.until = due
	}
	if toClient {
		m.waited = m.total - m.until.Sub(due)
	}
}

func (m *meter) read() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.waited
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

package main

import (
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// Opening a connection takes a round trip, and so does each request with its
// answer, even when several are under way.
func TestForwarder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const roundTrip, apart = 200 * time.Millisecond, 30 * time.Millisecond
		client, clientEnd := net.Pipe()
		serverEnd, server := net.Pipe()
		f := &forwarder{roundTrip: roundTrip, meter: new(meter)}
		go f.join(clientEnd, serverEnd)
		go func() { // answers each byte at once, and again a little later
			defer server.Close()
			for buffer := make([]byte, 1); ; {
				if _, err := server.Read(buffer); err != nil {
					_, _ = server.Write([]byte("bye")) // which nobody waits for
					return
				}
				_, _ = server.Write(buffer)
				<-time.After(apart)
				_, _ = server.Write(buffer)
			}
		}()
		begin := time.Now()
		elapsed := func(want time.Duration) {
			t.Helper()
			if got := time.Since(begin); got != want {
				t.Errorf("it took %s; want %s", got, want)
			}
		}
		request := func(body string) {
			t.Helper()
			if _, err := client.Write([]byte(body)); err != nil {
				t.Fatal(err)
			}
		}
		answer := func(want string) {
			t.Helper()
			got := make([]byte, len(want))
			if _, err := io.ReadFull(client, got); err != nil || string(got) != want {
				t.Errorf("the answer is %q (%v); want %q", got, err, want)
			}
		}

		request("a")
		answer("a")
		elapsed(2 * roundTrip) // one for the connection
		answer("a")
		elapsed(2*roundTrip + apart)
		<-time.After(time.Minute) // which counts for nothing
		begin = time.Now()
		request("bc")
		answer("bb")
		elapsed(roundTrip + apart)
		answer("cc")
		elapsed(roundTrip + 2*apart)
		request("d")
		client.Close()
		synctest.Wait()
		<-time.After(time.Minute)
		if got, want := f.meter.read(), 3*roundTrip+3*apart; got != want {
			t.Errorf("the client waited for %s; want %s", got, want)
		}
	})
}

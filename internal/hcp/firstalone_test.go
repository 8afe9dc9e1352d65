package hcp

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Requests wait until the first has a connection, but not until it is answered.
func TestFirstAlone(t *testing.T) {
	const dialling, answering = time.Second, time.Minute
	for name, tc := range map[string]struct {
		fails bool          // the first, instead of getting a connection
		after time.Duration // how long the others wait
	}{
		"connected": {false, dialling},
		"failed":    {true, dialling},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sent atomic.Int32
				begin := time.Now()
				transport := newFirstAlone(roundTripperFunc(func(req *http.Request) (*http.Response, error) {
					if sent.Add(1) > 1 {
						if waited := time.Since(begin); waited != tc.after {
							t.Errorf("a request went out after %s", waited)
						}
						return &http.Response{}, nil
					}
					time.Sleep(dialling)
					if tc.fails {
						return nil, errors.New("no connection")
					}
					httptrace.ContextClientTrace(req.Context()).GotConn(httptrace.GotConnInfo{})
					time.Sleep(answering)
					return &http.Response{}, nil
				}))
				var wait sync.WaitGroup
				for range 10 {
					wait.Go(func() {
						req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://hcp.example", nil)
						if err != nil {
							t.Error(err)
							return
						}
						_, _ = transport.RoundTrip(req)
					})
				}
				wait.Wait()
				if sent.Load() != 10 {
					t.Errorf("%d requests went out", sent.Load())
				}
			})
		})
	}
}

// One who waits gives up when its own time is over.
func TestFirstAloneGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := newFirstAlone(roundTripperFunc(func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Hour)
			return &http.Response{}, nil
		}))
		send := func(ctx context.Context) error {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://hcp.example", nil)
			if err != nil {
				return err
			}
			_, err = transport.RoundTrip(req)
			return err
		}
		var wait sync.WaitGroup
		wait.Go(func() {
			if err := send(t.Context()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := send(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		wait.Wait()
	})
}

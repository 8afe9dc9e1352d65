package flight_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/flight"
)

var errPassing, errLasting = errors.New("passing"), errors.New("lasting")

func keep(err error) bool { return !errors.Is(err, errPassing) }

func TestConcurrentCallersShareOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, want := range []error{nil, errPassing, errLasting} {
			var group flight.Group[string, int]
			var calls, wrong atomic.Int32
			var wait sync.WaitGroup
			for range 1000 {
				wait.Go(func() {
					value, err := group.Do(t.Context(), "key", func(context.Context) (int, error) {
						time.Sleep(time.Second) // on the test's own clock: until all others wait
						return int(calls.Add(1)), want
					})
					if value != 1 || !errors.Is(err, want) {
						wrong.Add(1)
					}
				})
			}
			wait.Wait()
			if calls.Load() != 1 || wrong.Load() != 0 {
				t.Errorf("error %v: %d calls, %d wrong outcomes", want, calls.Load(), wrong.Load())
			}
		}
	})
}

func TestKeep(t *testing.T) {
	for _, tc := range []struct {
		name  string
		keep  func(error) bool
		err   error
		calls int
	}{
		{"nothing is kept", nil, nil, 3},
		{"success is kept", keep, nil, 1},
		{"lasting failure is kept", keep, errLasting, 1},
		{"passing failure is not kept", keep, errPassing, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			group := flight.Group[string, int]{Keep: tc.keep}
			calls := 0
			for range 3 {
				value, err := group.Do(t.Context(), "key", func(context.Context) (int, error) {
					calls++
					return calls, tc.err
				})
				if value != calls || !errors.Is(err, tc.err) {
					t.Errorf("got %d, %v", value, err)
				}
			}
			if calls != tc.calls {
				t.Errorf("%d calls, want %d", calls, tc.calls)
			}
		})
	}
}

func TestKeysAreApart(t *testing.T) {
	group := flight.Group[int, int]{Keep: keep}
	for key := range 10 {
		value, err := group.Do(t.Context(), key, func(context.Context) (int, error) { return key * key, nil })
		if value != key*key || err != nil {
			t.Errorf("key %d: got %d, %v", key, value, err)
		}
	}
}

// A waiting caller's own end concerns it alone.
func TestWaitingCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var group flight.Group[string, int]
		var wait sync.WaitGroup
		wait.Go(func() {
			value, err := group.Do(t.Context(), "key", func(context.Context) (int, error) {
				time.Sleep(time.Minute)
				return 7, nil
			})
			if value != 7 || err != nil {
				t.Errorf("the one who made the call got %d, %v", value, err)
			}
		})
		synctest.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		_, err := group.Do(ctx, "key", func(context.Context) (int, error) {
			t.Error("the call was made twice")
			return 0, nil
		})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Second {
			t.Errorf("got %v after %s", err, time.Since(begin))
		}
		wait.Wait()
	})
}

// When the call fails for reasons of the caller who makes it, which are its own
// end and its own limits, one who waits makes it again.
func TestMakingCallerFailsAlone(t *testing.T) {
	errOwn := errors.New("own")
	for name, fail := range map[string]func(ctx context.Context) error{
		"its end":    func(ctx context.Context) error { <-ctx.Done(); return errLasting },
		"its limits": func(context.Context) error { time.Sleep(time.Millisecond); return errOwn },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				group := flight.Group[string, int]{Keep: keep, Own: func(err error) bool { return errors.Is(err, errOwn) }}
				var wait sync.WaitGroup
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				wait.Go(func() {
					if _, err := group.Do(ctx, "key", func(ctx context.Context) (int, error) { return 0, fail(ctx) }); err == nil {
						t.Error("the one who made the call got no error")
					}
				})
				synctest.Wait()

				var calls atomic.Int32
				for range 10 {
					wait.Go(func() {
						value, err := group.Do(t.Context(), "key", func(context.Context) (int, error) { return int(calls.Add(1)), nil })
						if value != 1 || err != nil {
							t.Errorf("one who waited got %d, %v", value, err)
						}
					})
				}
				wait.Wait()
				if calls.Load() != 1 {
					t.Errorf("%d calls by those who waited", calls.Load())
				}
			})
		})
	}
}

// A panic does not leave the others waiting.
func TestPanic(t *testing.T) {
	var group flight.Group[string, int]
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is gone")
			}
		}()
		_, _ = group.Do(t.Context(), "key", func(context.Context) (int, error) { panic("fault") })
	}()
	value, err := group.Do(t.Context(), "key", func(context.Context) (int, error) { return 7, nil })
	if value != 7 || err != nil {
		t.Errorf("got %d, %v", value, err)
	}
}

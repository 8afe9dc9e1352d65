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

var errTransient, errPermanent, errPrivate = errors.New("transient"), errors.New("permanent"), errors.New("private")

func cacheable(err error) bool { return !errors.Is(err, errTransient) }

func never(error) bool { return false }

func isPrivate(err error) bool { return errors.Is(err, errPrivate) }

func TestConcurrentCallersShareOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, want := range []error{nil, errTransient, errPermanent} {
			group := flight.New[string, int](never, never)
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

func TestCache(t *testing.T) {
	for _, tc := range []struct {
		name  string
		cache func(error) bool
		err   error
		calls int
	}{
		{"no caching", never, nil, 3},
		{"cached success", cacheable, nil, 1},
		{"cached failure", cacheable, errPermanent, 1},
		{"transient failure", cacheable, errTransient, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			group := flight.New[string, int](tc.cache, never)
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

func TestKeysAreIndependent(t *testing.T) {
	group := flight.New[int, int](cacheable, never)
	for key := range 10 {
		value, err := group.Do(t.Context(), key, func(context.Context) (int, error) { return key * key, nil })
		if value != key*key || err != nil {
			t.Errorf("key %d: got %d, %v", key, value, err)
		}
	}
}

// A waiting caller stops waiting when its own context ends.
func TestWaitingCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group := flight.New[string, int](never, never)
		var wait sync.WaitGroup
		wait.Go(func() {
			value, err := group.Do(t.Context(), "key", func(context.Context) (int, error) {
				time.Sleep(time.Minute)
				return 7, nil
			})
			if value != 7 || err != nil {
				t.Errorf("the leader got %d, %v", value, err)
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

// When the call fails for a reason that concerns only the leader, one of the
// waiting callers makes it again.
func TestLeaderFailsAlone(t *testing.T) {
	for name, fail := range map[string]func(ctx context.Context) error{
		"its context ended": func(ctx context.Context) error { <-ctx.Done(); return errPermanent },
		"private error":     func(context.Context) error { time.Sleep(time.Millisecond); return errPrivate },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				group := flight.New[string, int](cacheable, isPrivate)
				var wait sync.WaitGroup
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				wait.Go(func() {
					if _, err := group.Do(ctx, "key", func(ctx context.Context) (int, error) { return 0, fail(ctx) }); err == nil {
						t.Error("the leader got no error")
					}
				})
				synctest.Wait()

				var calls atomic.Int32
				for range 10 {
					wait.Go(func() {
						value, err := group.Do(t.Context(), "key", func(context.Context) (int, error) { return int(calls.Add(1)), nil })
						if value != 1 || err != nil {
							t.Errorf("a waiting caller got %d, %v", value, err)
						}
					})
				}
				wait.Wait()
				if calls.Load() != 1 {
					t.Errorf("%d calls by waiting callers", calls.Load())
				}
			})
		})
	}
}

// A panic in the call does not reach the waiting callers: one of them makes the
// call again.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group := flight.New[string, int](cacheable, never)
		var wait sync.WaitGroup
		wait.Go(func() {
			defer func() {
				if recover() == nil {
					t.Error("the leader did not panic")
				}
			}()
			_, _ = group.Do(t.Context(), "key", func(context.Context) (int, error) {
				time.Sleep(time.Second)
				panic("fault")
			})
		})
		synctest.Wait()
		for range 10 {
			wait.Go(func() {
				value, err := group.Do(t.Context(), "key", func(context.Context) (int, error) { return 7, nil })
				if value != 7 || err != nil {
					t.Errorf("a waiting caller got %d, %v", value, err)
				}
			})
		}
		wait.Wait()
	})
}

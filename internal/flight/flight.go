// Package flight deduplicates concurrent calls. Unlike singleflight in x/sync
// it knows contexts: a call ends with the context of the caller that makes it,
// and one of the waiting callers then makes it again.
package flight

import (
	"context"
	"sync"
)

// Group deduplicates calls by key. It is safe for concurrent use.
type Group[K comparable, V any] struct {
	cache   func(error) bool
	private func(error) bool

	mu    sync.Mutex
	calls map[K]*call[V]
}

// New returns an empty Group.
//
// The outcome of a call is returned to later callers too if cache reports true
// for its error, which may be nil. An error for which private reports true
// concerns only the caller that made the call, for example because its time
// ran out: one of the waiting callers makes the call again.
func New[K comparable, V any](cache, private func(error) bool) *Group[K, V] {
	return &Group[K, V]{cache: cache, private: private, calls: make(map[K]*call[V])}
}

type call[V any] struct {
	done      chan struct{} // closed when the call is over
	value     V
	err       error
	abandoned bool // whether the outcome concerns only the leader
}

// Do returns the outcome of fn, called either here or by a concurrent caller
// with the same key. fn is called with the ctx of the caller that makes the
// call. When ctx ends while Do waits for another caller, the error is ctx.Err().
func (g *Group[K, V]) Do(ctx context.Context, key K, fn func(context.Context) (V, error)) (V, error) {
	for {
		c, leader := g.join(key)
		if leader {
			g.lead(ctx, key, c, fn)
			return c.value, c.err
		}
		select {
		case <-c.done:
			if !c.abandoned {
				return c.value, c.err
			}
		case <-ctx.Done():
			var zero V
			return zero, ctx.Err()
		}
	}
}

// join returns the call for key. leader reports whether the caller must make it.
func (g *Group[K, V]) join(key K) (c *call[V], leader bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c, ok := g.calls[key]; ok {
		return c, false
	}
	c = &call[V]{done: make(chan struct{})}
	g.calls[key] = c
	return c, true
}

func (g *Group[K, V]) lead(ctx context.Context, key K, c *call[V], fn func(context.Context) (V, error)) {
	c.abandoned = true // should fn panic
	defer func() {
		if c.abandoned || !g.cache(c.err) {
			g.mu.Lock()
			delete(g.calls, key)
			g.mu.Unlock()
		}
		close(c.done)
	}()
	c.value, c.err = fn(ctx)
	c.abandoned = c.err != nil && (ctx.Err() != nil || g.private(c.err))
}

// Package flight lets concurrent callers share one call. Unlike x/sync's
// singleflight it knows contexts: a call ends with that of the caller who makes
// it, and when it does, another of those who wait makes it in turn.
package flight

import (
	"context"
	"sync"
)

// Group shares calls by key. The zero value is ready for use.
type Group[K comparable, V any] struct {
	// Keep says whether the outcome of a call holds for all later callers
	// too. If it is nil, only those share an outcome who waited for it.
	Keep func(error) bool

	// Own says whether the outcome of a call comes of limits that only the
	// caller who made it has. Then, as when the context of that caller ended,
	// another of those who wait makes the call in turn. nil means never.
	Own func(error) bool

	mu    sync.Mutex
	calls map[K]*call[V]
}

type call[V any] struct {
	done      chan struct{}
	value     V
	err       error
	abandoned bool // the caller who made the call gave up
}

// Do returns what fn returns, whether called here or by another caller with the
// same key. If ctx ends first, the error is that of ctx. fn gets the ctx of its
// own caller.
func (g *Group[K, V]) Do(ctx context.Context, key K, fn func(context.Context) (V, error)) (V, error) {
	for {
		c, mine := g.join(key)
		if mine {
			g.make(ctx, key, c, fn)
			return c.value, c.err
		}
		select {
		case <-c.done:
			if !c.abandoned {
				return c.value, c.err
			}
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		}
	}
}

// join returns the call for key, and whether it is the caller's to make.
func (g *Group[K, V]) join(key K) (c *call[V], mine bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c, ok := g.calls[key]; ok {
		return c, false
	}
	if g.calls == nil {
		g.calls = make(map[K]*call[V])
	}
	c = &call[V]{done: make(chan struct{})}
	g.calls[key] = c
	return c, true
}

func (g *Group[K, V]) make(ctx context.Context, key K, c *call[V], fn func(context.Context) (V, error)) {
	c.abandoned = true // unless fn returns: it may panic
	defer func() {
		if c.abandoned || g.Keep == nil || !g.Keep(c.err) {
			g.mu.Lock()
			delete(g.calls, key)
			g.mu.Unlock()
		}
		close(c.done)
	}()
	c.value, c.err = fn(ctx)
	c.abandoned = c.err != nil && (ctx.Err() != nil || g.Own != nil && g.Own(c.err))
}

import { fail, type Span, SpanKind, startSpan, trace, traceOfHeaders, within } from '@outdial/tracing';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null: the request is not traced. */
    span: Span | null;
  }
}

/**
 * A span for each request, of the trace that its header `traceparent` tells of. Not for probes, metrics and the files of pages. Neither
 * path nor query are told: they may have telephone numbers.
 */
export function traceRequests(app: FastifyInstance): void {
  app.decorateRequest('span', null);
  app.addHook('onRequest', (request, reply, done) => {
    const { url: route, config } = request.routeOptions;
    if (config.notes?.tag !== 'Health' && config.notes?.isPage !== true) {
      const { method, protocol } = request;
      const span = startSpan(route === undefined ? method : `${method} ${route}`, {
        kind: SpanKind.SERVER,
        // Where an instrumentation of HTTP has begun one already, it has read the header.
        parent: trace.getActiveSpan() ?? traceOfHeaders(request.headers),
        attributes: () => ({
          'http.request.method': method,
          'url.scheme': protocol,
          ...(route !== undefined && { 'http.route': route }),
          ...(config.notes !== undefined && { 'outdial.operation': config.notes.operation }),
        }),
      });
      request.span = span;
      // After the answer, and also when the client has gone before it.
      reply.raw.once('close', () => endSpan(span, reply.raw));
    }
    done();
  });
  // Only now: what is read of a body comes in the context of its connection.
  app.addHook('preValidation', (request, _, done) => {
    if (request.span === null) done();
    else within(request.span, done);
  });
}

function endSpan(
  span: Span,
  { statusCode, headersSent }: { statusCode: number; headersSent: boolean },
): void {
  if (headersSent) span.setAttribute('http.response.status_code', statusCode);
  // A refusal is the client's fault (the conventions for HTTP servers).
  if (statusCode >= 500) fail(span, String(statusCode));
  span.end();
}

// Sends the spans of a process of Outdial to a collector of OpenTelemetry. Loaded before all else, by Node's option --import:
// NODE_OPTIONS="--import $PWD/examples/tracing.mjs" npx outdial worker
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

const serviceName = process.env.OTEL_SERVICE_NAME ?? 'outdial';
const provider = new NodeTracerProvider({
  resource: defaultResource().merge(resourceFromAttributes({ 'service.name': serviceName })),
  // To OTEL_EXPORTER_OTLP_ENDPOINT (default http://127.0.0.1:4318), in batches.
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register();
// A worker or gateway that is told to stop ends by itself; what is left is sent then.
process.once('beforeExit', () => provider.shutdown());

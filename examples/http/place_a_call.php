<?php

/**
 * Places a call over HTTP and waits for its result, with PHP's standard library alone.
 *
 *   OUTDIAL_URL=http://127.0.0.1:8080 OUTDIAL_KEY=od_... php examples/http/place_a_call.php sip:human@lab
 *
 * `npm start -- --stay` prints the address and a key to try it with.
 */

declare(strict_types=1);

/** The gateway's reason, as problem details (RFC 9457). */
final class Refused extends Exception
{
    public readonly bool $retryable;

    public function __construct(array $problem)
    {
        parent::__construct("{$problem['code']}: {$problem['detail']}");
        $this->retryable = $problem['retryable'];
    }
}

final class Unreachable extends Exception
{
}

/** Makes a request, and returns what the gateway answers. */
function ask(string $method, string $path, ?array $body = null): array
{
    $url = getenv('OUTDIAL_URL') ?: 'http://127.0.0.1:8080';
    $context = stream_context_create(['http' => [
        'method' => $method,
        'header' => ['Authorization: Bearer ' . getenv('OUTDIAL_KEY'), 'Content-Type: application/json'],
        'content' => $body === null ? '' : json_encode($body, JSON_THROW_ON_ERROR),
        'timeout' => 10,
        'ignore_errors' => true,
    ]]);
    $answer = @file_get_contents($url . $path, false, $context);
    if ($answer === false) {
        throw new Unreachable("nothing answers at $url");
    }
    $status = (int) explode(' ', $http_response_header[0])[1];
    $parsed = json_decode($answer, true, 512, JSON_THROW_ON_ERROR);
    return $status < 300 ? $parsed : throw new Refused($parsed);
}

/** The same, until the gateway can be reached. The job's id makes it safe to send the same call again. */
function askAgain(string $method, string $path, ?array $body = null): array
{
    for ($attempt = 0; $attempt < 5; $attempt++) {
        try {
            return ask($method, $path, $body);
        } catch (Refused $refused) {
            if (!$refused->retryable) {
                throw $refused;
            }
        } catch (Unreachable) {
        }
        sleep(2 ** $attempt);
    }
    return ask($method, $path, $body);
}

try {
    $job = ['id' => 'example-' . bin2hex(random_bytes(16)), 'callTo' => $argv[1], 'liveSpeakerDetect' => 'DEFAULT'];
    if (isset($argv[2])) {
        $job['callFrom'] = $argv[2];
    }
    $placed = askAgain('POST', '/v1/calls', $job);
    echo "placed {$placed['id']}\n";
    while (($call = askAgain('GET', "/v1/calls/{$placed['id']}"))['result'] === null) {
        usleep(500_000);
    }
    ['state' => $state, 'cause' => $cause, 'farEndType' => $farEndType] = $call['result'];
    echo "result $state $cause $farEndType\n";
} catch (Refused | Unreachable $problem) {
    fwrite(STDERR, "error [{$problem->getMessage()}]\n");
    exit(1);
}

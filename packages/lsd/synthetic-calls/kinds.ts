import { BACKGROUNDS, type Background } from '../train/background.js';
import type { Random } from '../train/random.js';
import type { Timeline } from './timeline.js';

/** A kind of call. */
export interface Kind {
  name: string;
  label: 'live' | 'answer_machine' | 'unknown';
  /** The relative frequency. */
  share: number;
  /** Default: `some`, which is a background in 60 % of the calls. */
  background?: 'none' | 'some' | 'loud';
  /** The backgrounds that do not change the label. Default: all. */
  backgrounds?: readonly Background[];
  /** Adds the sounds of the callee to the timeline. */
  compose(call: Timeline, random: Random, music: Float32Array): void;
}

const RINGBACKS = [[440, 480], [400, 450], [425]] as const;

/**
 * The kinds of calls. Kinds, frequencies and ranges of times (milliseconds) are those of the development set,
 * but none of its voices is used.
 */
export const KINDS: readonly Kind[] = [
  { name: 'live_hello', label: 'live', share: 13, compose: sayHello },
  { name: 'live_hello_pause_hello', label: 'live', share: 5, compose: sayHelloTwice },
  { name: 'live_name', label: 'live', share: 7, compose: (call) => greet(call, 50, 1450, 900, 2200) },
  { name: 'live_business', label: 'live', share: 9, compose: (call) => greet(call, 50, 1450, 1900, 3700) },
  {
    name: 'live_noisy',
    label: 'live',
    share: 6,
    background: 'loud',
    compose: (call) => greet(call, 50, 1400, 250, 2500),
  },
  { name: 'live_late', label: 'live', share: 3, compose: (call) => greet(call, 1500, 2100, 250, 900) },
  {
    name: 'live_ringback',
    label: 'live',
    share: 2,
    compose: (call, random) => {
      ring(call, random);
      greet(call, 100, 600, 250, 1100);
    },
  },
  { name: 'live_long', label: 'live', share: 2, compose: (call) => greet(call, 150, 700, 3400, 4600) },
  {
    name: 'am_personal',
    label: 'answer_machine',
    share: 9,
    compose: readAndBeep(100, 1500, 3600, 7100, 0.2),
  },
  {
    name: 'am_carrier',
    label: 'answer_machine',
    share: 9,
    compose: readAndBeep(50, 1500, 2900, 10_200, 0.08),
  },
  { name: 'am_short', label: 'answer_machine', share: 5, compose: saySomethingAndBeep },
  { name: 'am_pauses', label: 'answer_machine', share: 5, compose: readWithPauses },
  { name: 'am_number', label: 'answer_machine', share: 4, compose: readNumber },
  {
    name: 'am_silence_first',
    label: 'answer_machine',
    share: 3,
    compose: readAndBeep(1200, 2000, 1800, 6600, 0.2),
  },
  {
    name: 'am_music_first',
    label: 'answer_machine',
    share: 2,
    compose: (call, random, music) => {
      call.pause(0, 400);
      call.play(music, random.between(1500, 2800));
      readAndBeep(100, 500, 1600, 7400, 0.08)(call, random);
    },
  },
  {
    name: 'am_ringback',
    label: 'answer_machine',
    share: 2,
    compose: (call, random) => {
      ring(call, random);
      readAndBeep(200, 800, 4500, 6700, 0.05)(call, random);
    },
  },
  {
    name: 'ivr_menu',
    label: 'answer_machine',
    share: 4,
    compose: (call, random) => {
      call.pause(150, 1450);
      read(call, random, random.between(4500, 12_000), 0.15);
    },
  },
  {
    name: 'noise_only',
    label: 'unknown',
    share: 5,
    background: 'loud',
    backgrounds: BACKGROUNDS.filter((kind) => !['babble', 'tv', 'music'].includes(kind)),
    compose: () => undefined,
  },
  { name: 'silence', label: 'unknown', share: 3, background: 'none', compose: () => undefined },
];

function sayHello(call: Timeline, random: Random): void {
  call.pause(50, 1450);
  const hello = call.say(220, 1200);
  if (!random.chance(0.5)) return;
  call.pause(1600, 4000);
  call.sayAgain(hello);
}

function sayHelloTwice(call: Timeline): void {
  call.pause(50, 1050);
  const hello = call.say(220, 1000);
  call.pause(550, 1500);
  call.sayAgain(hello);
}

function greet(call: Timeline, from: number, to: number, least: number, most: number): void {
  call.pause(from, to);
  call.say(least, most);
}

function readAndBeep(from: number, to: number, least: number, most: number, longPauses: number) {
  return (call: Timeline, random: Random): void => {
    call.pause(from, to);
    read(call, random, random.between(least, most), longPauses);
    if (random.chance(0.8)) beep(call, random, 300, 1500);
  };
}

function saySomethingAndBeep(call: Timeline, random: Random): void {
  call.pause(80, 1450);
  call.say(1200, 2700);
  beep(call, random, 190, 770);
}

function readWithPauses(call: Timeline, random: Random): void {
  call.pause(50, 1150);
  call.say(300, 1900);
  sayMore(call, 2, [500, 1300], [700, 2300]);
  beep(call, random, 300, 1500);
}

function readNumber(call: Timeline, random: Random): void {
  call.pause(100, 1450);
  call.say(400, 1600);
  sayMore(call, random.between(7, 13), [50, 380], [220, 650]);
  beep(call, random, 300, 1450);
}

type Range = readonly [least: number, most: number];

/** Adds `count` phrases, each after a pause. */
function sayMore(call: Timeline, count: number, pause: Range, phrase: Range): void {
  for (let n = 0; n < count; n++) {
    call.pause(...pause);
    call.say(...phrase);
  }
}

/** Adds phrases for `lengthMs`. @param longPauses the share of long pauses */
function read(call: Timeline, random: Random, lengthMs: number, longPauses: number): void {
  const end = call.nowMs + lengthMs;
  for (;;) {
    const least = 350 * 6 ** random.next();
    call.say(least, 1.7 * least);
    if (call.nowMs >= end) return;
    if (random.chance(longPauses)) call.pause(450, 850);
    else call.pause(120, 400);
  }
}

function beep(call: Timeline, random: Random, least: number, most: number): void {
  call.pause(least, most);
  const isDual = random.chance(0.25);
  const hertz = random.between(400, isDual ? 1500 : 2000);
  const frequencies = isDual ? [hertz, 1.33 * hertz] : [hertz];
  call.tone('beep', random.between(180, 1000), frequencies, random.between(0.08, 0.3));
}

function ring(call: Timeline, random: Random): void {
  call.tone('ringback', random.between(700, 1700), random.pick(RINGBACKS), random.between(0.05, 0.15));
}

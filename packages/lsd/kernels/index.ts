export * from './net';
export * from './spectrum';

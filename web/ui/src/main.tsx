import '~/app/mantine.css';
import '~/app/global.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { whenSignedOut } from '~/api/client';
import { queryClient } from '~/app/queryClient';
import { router } from '~/app/router';
import { sessionQuery } from '~/app/session';
import { cssVariables, theme } from '~/app/theme';
import { startI18n } from '~/i18n';

const colorScheme = localStorageColorSchemeManager({ key: 'zhiku-color-scheme' });

whenSignedOut(() => {
  void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey }).then(() => {
    void router.invalidate();
  });
});

async function start(): Promise<void> {
  await startI18n();
  const root = document.getElementById('root');
  if (!root) throw new Error('index.html has no #root');
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        defaultColorScheme="auto"
        colorSchemeManager={colorScheme}
      >
        <QueryClientProvider client={queryClient}>
          <Notifications position="bottom-center" limit={3} autoClose={6000} />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}

void start();
